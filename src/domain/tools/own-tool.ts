import type { JsonObject } from '../json.ts';

/** Whose call of a tool it is. */
export interface OwnToolCall {
  runId: string;
  taskId: string;
  /** Name of the agent; of a task that is one call of a tool, `tool:NAME`. */
  agent: string;
  /** Absolute path of the folder that the task works in. */
  workspace: string;
  /** The same each time that this one call is made, and no other call's: for services that take one. */
  idempotencyKey: string;
  /** Aborted when the run is cancelled, the task's time is over or the worker stops. What `run` returns then is lost. */
  signal: AbortSignal;
}

/** A tool of one's own: a function that agents, tasks (`tool`, `input`) and compensations may call. */
export interface OwnTool<Input extends object = JsonObject> {
  /** `NAMESPACE.NAME`, such as `acme.embed`: letters, digits, `-` and single `_`, at most 64 characters. */
  name: string;
  /** What it does and when to use it, for the model. */
  description: string;
  /** JSON Schema of its input, of `type: object`; an input that does not meet it never reaches `run`. */
  input: JsonObject;
  /**
   * What repeating a call does: `pure` has no effect, `idempotent` may be repeated with the same end, `once` must not be: after a crash it
   * is not, and the model is told that the outcome is unknown.
   */
  effect: 'pure' | 'idempotent' | 'once';
  /**
   * Does it. Text goes to the model as it is, anything else as JSON; of more than 32 KB the beginning.
   *
   * @throws whatever it likes: the message goes to the model as an error
   */
  run(input: Input, call: OwnToolCall): unknown;
}
