// One bundle with the product's workflows and the example's hand-written one.
export { agentTask, orchestrate } from '../../../src/workflows/index.ts';
export { foremanWorker } from '../../../examples/foreman-worker/manual.ts';
