import type { Complexity } from '../complexity.ts';
import type { JsonObject } from '../json.ts';

/** What was said, as a cassette has it: no thoughts, nothing that is signed, nothing of the store's own. */
export type TapeBlock =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: JsonObject }
  | { type: 'tool_result'; tool_use_id: string; content: string; is_error?: boolean };

/** A message of a conversation; `parent` is the place of the one before it in the cassette's list. */
export interface TapeMessage {
  parent: number | null;
  role: 'user' | 'assistant';
  content: TapeBlock[];
}

/** Who was asked, and how: what stands before the messages of a request. */
export interface TapeHead {
  model: string;
  system: string;
  /** Names as the model gets them, without those that every agent may have. */
  tools: string[];
}

/** Why an answer ended. */
export const tapeStops = [
  'end_turn',
  'tool_use',
  'max_tokens',
  'refusal',
  'pause_turn',
  'model_context_window_exceeded',
] as const;

/** A call of a model. `step`: `task~attempt/turn/epoch`; `head` and `asked`: places in the cassette's lists. */
export interface TapeCall {
  step: string;
  head: number;
  asked: number;
  output?: JsonObject;
  answer: TapeBlock[];
  stop: (typeof tapeStops)[number];
}

/** What a tool gave. `step`: that of the call, with the id of the tool's use. */
export interface TapeTool {
  step: string;
  name: string;
  input: JsonObject;
  content: string;
  isError: boolean;
}

/** The model that an attempt got where it was left open. `workflow`: of the run, or of the one that is a task of it; `id`: of the execution. */
export interface TapeChoice {
  workflow: string;
  id: string;
  attempt: number;
  /** As `modelNameOf` has it. */
  model: string;
  complexity: Complexity;
}

/** The agent that was chosen for a task which an agent added without naming one. `workflow`: as in {@link TapeChoice}. */
export interface TapeDelegate {
  workflow: string;
  task: string;
  agent: string;
}

/** A run's model calls and tool results. It holds no plan: what is done, and where, says who replays it. */
export interface Cassette {
  format: 'gaffer-cassette';
  version: 1;
  run: string;
  workflow: string;
  /** Hash of the run's plan, for whoever has it. */
  plan: string;
  /** Values of the workflow's inputs. */
  inputs: JsonObject;
  heads: TapeHead[];
  messages: TapeMessage[];
  calls: TapeCall[];
  tools: TapeTool[];
  /** Left out by cassettes of before: then models are chosen anew. */
  choices?: TapeChoice[];
  /** As `choices`. */
  delegates?: TapeDelegate[];
}

/** Largest cassette, in bytes. */
export const largestCassette = 64_000_000;

/** What of a tool's name, as a model gets it, says that it touches the world: all others every agent may have, whatever its file says. */
export function isOwnTool(name: string): boolean {
  return ['bash', 'filesystem', 'web', 'issue'].includes(name) || name.includes('__');
}
