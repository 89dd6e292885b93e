import type { CarriedRun } from './carried-run.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { RunLabels } from '../domain/run-labels.ts';
import type { LaunchInfo } from '../domain/run/launch.ts';

/**
 * The one input of workflow `orchestrate`, as `temporal workflow start --input` gives it: `workflow` or `definition` or `plan`, and the rest optional.
 *
 * Not checked before it reaches `preparePlan`.
 */
export interface OrchestrateInput {
  /** A file below the worker's workflows folder, with or without its ending, or the name of a template. */
  workflow?: string;
  /** A definition given inline. */
  definition?: JsonObject;
  /** How it is written; default: as it looks. */
  format?: string;
  /** Hash of a plan that the client has already put into the store. */
  plan?: string;
  /** A crew without tasks of its own, for hand-written workflows: names of its agents. */
  crew?: { name: string; description?: string; agents: string[] };
  inputs?: Record<string, JsonValue>;
  limits?: JsonObject;
  config?: JsonObject;
  /** Folder that the tools work in; default: the worker's. */
  workspace?: string;
  launch?: LaunchInfo;
  /** Issue board; default: the run's own. */
  board?: string;
  /** What people find it by; a retry, a fork and a run that is a task have those of the run before or around them, too. */
  labels?: RunLabels;
  /** The run goes on as new when its history has so many events, and so does each of its tasks; default: see `historyLimits`. */
  moveAfterEvents?: number;
  /** What the execution before left, when the run went on as new; refused in a start. */
  carried?: CarriedRun;
  /** The run that this one is a task of: its plan stands in the plan of that one. */
  within?: RunAround;
  /** The schedule that starts it: its id is the schedule's name with the time. */
  schedule?: string;
  /** Where this run comes from: results of that run whose key is unchanged are used again. */
  lineage?: Lineage;
}

/** A run of which another one is a task. */
export interface RunAround {
  runKey: string;
  /** Its workflow's id, to which the other one reports. */
  runId: string;
  /** The execution there, in which attempt. */
  taskId: string;
  attempt: number;
}

/** An earlier run that this one goes on from. */
export interface Lineage {
  kind: 'retry' | 'fork' | 'reuse';
  /** Run id, for people. */
  run: string;
  runKey: string;
  /** Checkpoint or task that it was forked from; null: everything that is unchanged is used again. */
  from: string | null;
  /** Tasks of the plan that are done anew although nothing changed. */
  redo: string[];
  /** Only results of these tasks are used again (those of the checkpoint); null: of any. */
  only: string[] | null;
  /** Why the files count as others than when that run ended, in words (`src/a.ts has changed since`); null: they do not; not there: nobody looked. */
  filesChanged?: string | null | undefined;
}
