import type { Message } from '../domain/conversation/conversation.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Usage } from '../domain/money/usage.ts';

/** Why an answer ends: the Messages API's `stop_reason`. */
export type ScriptedStopReason =
  'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence' | 'refusal' | 'pause_turn' | 'model_context_window_exceeded';

/** One tool run that the conversation reports back. */
export interface ScriptedToolResult {
  name: string;
  input: JsonObject;
  content: string;
  isError: boolean;
}

/** What a rule can look at: one request, read as a conversation. */
export interface ScriptedConversation {
  /** The system prompt, blocks joined by newlines. */
  system: string;
  model: string;
  /** Names of the tools that the agent has. */
  tools: string[];
  messages: Message[];
  /** Text of the newest user message that has text. */
  prompt: string;
  /** Assistant messages since that prompt: 0 for the first answer. A conversation that was trimmed has fewer. */
  turn: number;
  /** Tool results since that prompt, in order. */
  results: ScriptedToolResult[];
  /** Tool results of the newest message only. */
  lastResults: ScriptedToolResult[];
}

/** What the model says. Without `stopReason` it is `tool_use` when there are tool calls, else `end_turn`. */
export interface ScriptedAnswer {
  text?: string;
  /** What it thinks before it says that: a block with a signature, which the conversation has to bring back as it was. */
  thinking?: string;
  /** `id`: one of its own instead of a new one, also such as no real model gives. */
  tools?: { name: string; input: JsonObject; id?: string }[];
  stopReason?: ScriptedStopReason;
  /** Replaces single numbers of the computed usage (a token for every four characters). */
  usage?: Partial<Usage>;
  /** From request to the answer's end, in ms. */
  latencyMs?: number;
  /** Further headers of the response, `anthropic-ratelimit-requests-remaining` for example. */
  headers?: Record<string, string>;
  fault?: ScriptedFault;
}

/** The API's error types. */
export type ScriptedErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'timeout_error'
  | 'overloaded_error';

/** What goes wrong with a call. Counts of events include `message_start`. */
export type ScriptedFault =
  /** An error status; `retryAfter` in seconds, or as a text such as an HTTP date. */
  | { kind: 'http'; status: number; body?: JsonObject | string; retryAfter?: number | string }
  /** The socket is destroyed after that many events. */
  | { kind: 'cut'; afterEvents: number }
  /** The connection ends as if all was well, but without the last events. */
  | { kind: 'early-end'; afterEvents: number }
  /** An error event inside a stream that began with status 200. */
  | { kind: 'error-event'; type: ScriptedErrorType; message?: string; afterEvents?: number }
  /** Silence after that many events (1); 0 sends not even a status. */
  | { kind: 'stall'; afterEvents?: number }
  /** The answer reaches `max_tokens` in the middle of its last tool call. */
  | { kind: 'truncated-tool-json' }
  /** The last tool call's JSON does not parse, although the answer ends as usual. */
  | { kind: 'broken-tool-json' }
  /** An event whose data is no JSON. */
  | { kind: 'garbage-event'; afterEvents?: number }
  /** A right answer, sent in pieces that cut through events and characters. */
  | { kind: 'split-bytes' }
  /** The model declines: `stop_reason` is `refusal`. */
  | { kind: 'refusal' };

/** When a conversation looks like this, the model answers like that. */
export interface Rule {
  name: string;
  when(conversation: ScriptedConversation): boolean;
  answer: (conversation: ScriptedConversation) => ScriptedAnswer;
  /** Answers at most so often; with it, a rule that answered less often fails `assertDone`. */
  times?: number;
}

/** A whole scripted model. Rules are tried in order. */
export interface Script {
  rules: Rule[];
  /** Served at `GET /pages/NAME`, so that a web tool has something to read. */
  pages?: Record<string, { body: string; contentType?: string }>;
  /** Latency in ms of answers that name none. Default 0. */
  latencyMs?: number;
}

/** One answer of {@link steps}, ready or made from the conversation. */
export type Step = ScriptedAnswer | ((conversation: ScriptedConversation) => ScriptedAnswer);

/**
 * A rule made of steps: the answer for turn 0, 1, 2 …, picked by `conversation.turn`.
 *
 * It keeps no state, so it goes on right after a restart of the worker or of the scripted model.
 * After the last step the rule no longer applies.
 *
 * @example
 * ```ts
 * import { steps } from 'gaffer-crew/testing';
 *
 * const lister = steps('lister', (c) => c.system.includes('lister'), [
 *   { tools: [{ name: 'filesystem', input: { action: 'list', path: '.' } }] },
 *   (c) => ({ text: `There is: ${c.lastResults[0]?.content}` }),
 * ]);
 * ```
 */
export function steps(name: string, when: (conversation: ScriptedConversation) => boolean, answers: Step[]): Rule {
  return {
    name,
    when: (conversation) => conversation.turn < answers.length && when(conversation),
    answer: (conversation) => {
      const step = answers[conversation.turn]!;
      return typeof step === 'function' ? step(conversation) : step;
    },
  };
}
