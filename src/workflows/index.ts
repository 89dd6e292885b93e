export { agentTask } from './agent-task.ts';
export { orchestrate } from './orchestrate.ts';
export { rollback } from './rollback.ts';
