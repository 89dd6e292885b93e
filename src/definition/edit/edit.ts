import type { JsonObject, JsonValue } from '../../domain/json.ts';

/** Where in a workflow file an edit is made: `[]` is the workflow itself, `['phases', 0]` a phase, `['tasks', 1]` and `['phases', 0, 'tasks', 1]` are tasks. */
export type EditPlace = readonly (string | number)[];

/** What can be done to the text of a workflow file. Places are those of the text as the edits before left it. */
export type Edit =
  | { do: 'set'; at: EditPlace; key: string; value: JsonValue }
  | { do: 'unset'; at: EditPlace; key: string }
  /** `phase`: its index; null: it stands in no phase. `index`: its place there; left out: the last. */
  | { do: 'add-task'; phase: number | null; index?: number | undefined; task: JsonObject }
  | { do: 'remove-task'; at: EditPlace }
  | { do: 'move-task'; at: EditPlace; phase: number | null; index: number }
  | { do: 'rename-task'; at: EditPlace; id: string }
  /** The task at `at` waits for the task `task`, or no longer does. */
  | { do: 'connect'; at: EditPlace; task: string }
  | { do: 'disconnect'; at: EditPlace; task: string }
  | { do: 'add-phase'; index?: number | undefined; phase: JsonObject }
  | { do: 'remove-phase'; at: EditPlace }
  | { do: 'move-phase'; at: EditPlace; index: number };
