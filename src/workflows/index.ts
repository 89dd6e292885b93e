export { agentTask } from './agent-task.ts';
export { mergeTrain } from './merge-train.ts';
export { orchestrate } from './orchestrate.ts';
export { rollback } from './rollback.ts';
