import { agentTask as agentTaskOfRuns } from './agent-task.ts';

export { checkpoint, openCrew } from './own/crew.ts';
export type { Crew, CrewOptions, CrewTask } from './own/crew.ts';
export { inParallel } from './own/in-parallel.ts';
export { runTask } from './own/run-task.ts';
export type { TaskOptions, TaskOutcome, TaskReport } from './own/run-task.ts';
export { saga } from './undo/saga.ts';
export type { Saga, UndoneStep } from './undo/saga.ts';
export type { JsonObject, JsonValue } from '../domain/json.ts';
export type { Usage } from '../domain/money/usage.ts';
export type {
  CompensationResult,
  RunEnd,
  RunResult,
  RunStop,
  RunSummary,
  TaskResult,
  TaskStatus,
} from '../domain/run/run-result.ts';

/**
 * The workflow behind every task: a child of yours.
 *
 * A bundle that `gaffer-crew/worker` makes has it. One that you make without that must export it from your workflows' file.
 */
export const agentTask: (input: never) => Promise<unknown> = agentTaskOfRuns;
