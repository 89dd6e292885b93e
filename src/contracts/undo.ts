import type { Workspace } from '../domain/plan/plan.ts';
import type { CompensationResult } from '../domain/run/run-result.ts';
import type { RunOutline } from './outline.ts';
import type { EndedTask } from './progress.ts';

/** One compensation: undoes one task, which had come to its end or not. */
export interface CompensateInput {
  runKey: string;
  taskId: string;
  taskEnded: boolean;
  /** Tries of rollbacks and of the run itself that are over. Each is journaled for itself, however often one is repeated. */
  tried?: number;
}

/** What became of a compensation; `prompt`: an agent has to do it; `runs`: they were runs. */
export type CompensateResult =
  | { kind: 'done'; error: string | null }
  | { kind: 'prompt'; agent: string; prompt: string; context: string }
  /** Runs that the task was, the newest first: each undoes what it did. */
  | { kind: 'runs'; runs: { runId: string; runKey: string }[] };

/** What a rollback works on. */
export interface RollbackInput {
  runKey: string;
  /** What the executions before could not undo: not to be tried again by this rollback. */
  failed?: CompensationResult[];
}

/** What of a run is to be read for its rollback. `without`: only the first that were not tried already; left out, as by workers of before: all. */
export interface OpenRollbackInput {
  runKey: string;
  without?: string[];
}

/** What is left to undo of a run that was terminated, or that ended without undoing it. */
export interface RollbackOutline {
  runId: string;
  outline: RunOutline;
  /** There is more, for the next execution. */
  hasMore?: true;
  /** In the order in which it is undone. */
  undo: { taskId: string; taskEnded: boolean; tried: number; workspace?: Workspace | null }[];
  /** The tasks to undo, as they ended. */
  tasks: EndedTask[];
}
