import type { OutlineTask } from '../domain/plan/outline.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';

/** A call of `agent` in a script that is to become a task. */
export interface CalledAgent {
  /** Id of the task. */
  id: string;
  label: string;
  /** Phase of the script, for people; null: none. */
  heading: string | null;
  prompt: string;
  /** null: whoever is asked where nobody is named. */
  agentType: string | null;
  /** null: the agent's own. */
  model: string | null;
  schema: JsonObject | null;
}

/** Calls of a script that become tasks of its run. */
export interface AddCallsInput {
  runKey: string;
  /** Id of the script's task. */
  script: string;
  /** Names this addition: adding it again adds nothing. */
  key: string;
  calls: CalledAgent[];
}

/** For each call its task, or why it is none, in words for the script. */
export interface AddCallsResult {
  added: ({ task: OutlineTask } | { problem: string })[];
}

/** Which source is read: the script of a task, or one that it may call, by `toScriptKey`. */
export interface ReadScriptInput {
  runKey: string;
  taskId: string;
  child: string | null;
}

/** A frozen source, or why there is none. */
export type ReadScriptResult =
  | {
      file: string;
      source: string;
      args?: JsonValue;
      /** Scripts that it may call. */
      children: string[];
    }
  | { problem: string };

/** Answers that a script is to get, by ids of tasks, each once. */
export interface ReadAnswersInput {
  runKey: string;
  ids: string[];
}

/** Those of the first of them that fit into one step, at least of one. */
export interface ReadAnswersResult {
  answers: Answer[];
}

/** What a task answered. */
export interface Answer {
  text: string;
  /** Characters of all that the agent said; `text` ends after the longest that workflow code takes. */
  length: number;
  /** Tokens of all its calls. */
  tokens: number;
}

/** What came of a call of `agent`, by the id of its task. */
export type CallEvent =
  [kind: 'answered' | 'empty' | 'none', id: string] | [kind: 'error' | 'schema', id: string, message: string];

/** Something that reaches a script: what came of a call, or a timer that fired, by its number. */
export type ScriptEvent = CallEvent | [kind: 'timer', number: number];

/** A script at work, for the next execution of its run: it is run from its beginning, and gets what it had got. */
export interface CarriedScript {
  taskId: string;
  /** What has reached it, in that order. */
  fed: ScriptEvent[];
  /** What is to reach it next. */
  due: ScriptEvent[];
  /** Timers that have not fired: their number, and when they do, in ms since the epoch. */
  timers: [number: number, at: number][];
  /** Lines and phases that were told. */
  told: number;
  /** When the phase began that is open, in ms since the epoch; left out: none is. */
  openedAt?: number;
}
