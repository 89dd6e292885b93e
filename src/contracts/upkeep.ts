import type { JsonValue } from '../domain/json.ts';
import type { EndedTask, OutlineTask, RunOutline } from './activities.ts';

/** Tasks to add while the run lives, as a user writes them (`tasks` of a workflow file). */
export interface AddTasksInput {
  runKey: string;
  /** Names this addition: adding it again adds nothing. */
  key: string;
  /** Task that they become part of; null: the run. */
  parent: string | null;
  tasks: JsonValue;
}

/** The added tasks, or everything that is wrong with them. */
export type AddTasksResult = { added: OutlineTask[]; problems: null } | { added: null; problems: string };

/** One compensation: undoes one task, which had come to its end or not. */
export interface CompensateInput {
  runKey: string;
  taskId: string;
  taskEnded: boolean;
  /** Tries of rollbacks and of the run itself that are over. Each is journaled for itself, however often one is repeated. */
  tried?: number;
}

/** What became of a compensation; `prompt`: an agent has to do it. */
export type CompensateResult =
  { kind: 'done'; error: string | null } | { kind: 'prompt'; agent: string; prompt: string; context: string };

/** What is left to undo of a run that was terminated, or that ended without undoing it. */
export interface RollbackOutline {
  runId: string;
  outline: RunOutline;
  /** In the order in which it is undone. */
  undo: { taskId: string; taskEnded: boolean; tried: number }[];
  /** The tasks to undo, as they ended. */
  tasks: EndedTask[];
}

/** A point to fork from. */
export interface SaveCheckpointInput {
  runKey: string;
  /** `phase/NAME#iteration`, `tasks/COUNT`. */
  checkpoint: string;
  /** For people: what had just ended. */
  after: string;
}
