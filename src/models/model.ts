import type { ContentBlock, Message } from '../domain/conversation/conversation.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ToldUsage } from '../domain/money/usage.ts';

/** What the model is told about a tool: the Messages API's `tools[]` entry. */
export interface ToolDefinition {
  name: string;
  description: string;
  input_schema: JsonObject;
}

/** One call of a model. `model` is a full id, `maxTokens` limits the answer. */
export interface ModelRequest {
  model: string;
  system: string;
  tools: ToolDefinition[];
  messages: Message[];
  maxTokens: number;
  /** The journal's key of this call: sent as idempotency key, the same on every retry. */
  callKey: string;
  /** Schema of the JSON that the last answer has to be; left out: none, or nothing that a provider could hold it to. */
  output?: JsonObject;
  /** The provider may search the web by itself, so often; left out: it may not. */
  search?: { most: number };
}

/** Why the model ended its answer (the Messages API's `stop_reason`). */
export type StopReason =
  'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence' | 'refusal' | 'pause_turn' | 'model_context_window_exceeded';

/** A provider's limit a minute, and what is left of it now. */
export interface LimitLeft {
  limit: number;
  remaining: number;
}

/** A model's whole answer. */
export interface ModelAnswer {
  content: ContentBlock[];
  stopReason: StopReason;
  usage: ToldUsage;
  /** What the provider says of the account's limits; left out where it says nothing. */
  limits?: { requests: LimitLeft | null; tokens: LimitLeft | null };
}

/** How to call a model. Aborting `signal` ends the HTTP request at once. */
export interface ModelClient {
  /**
   * One streamed call, tried once: retries belong to Temporal.
   *
   * @throws ModelError for everything that the provider or the network did wrong; the signal's reason when aborted
   */
  complete(
    request: ModelRequest,
    options: {
      signal: AbortSignal;
      onText?: (delta: string) => void;
      onProgress?: () => void;
      /** Told what the provider has counted so far; the last word before an abort is what is known of the call's cost. */
      onUsage?: (usage: ToldUsage) => void;
    },
  ): Promise<ModelAnswer>;
  /**
   * Only where calls go on without us, as behind a gateway: the next try of the same call then gets the answer, and nothing is paid twice.
   * Ends one that nobody wants any more.
   */
  giveUp?(callKey: string): Promise<void>;
}

/**
 * What went wrong with a model call. Passing kinds are worth another try; `bad-request`, `too-long` (the same, less of it may go through) and `refused` concern this request;
 * the others will stop every further call too.
 */
export type ModelErrorKind =
  | 'rate-limited'
  | 'overloaded'
  | 'unavailable'
  | 'timeout'
  | 'broken-stream'
  | 'bad-request'
  | 'too-long'
  | 'refused'
  | 'authentication'
  | 'permission'
  | 'spend-limit'
  | 'unknown-model'
  | 'wrong-server';

/** A model call that failed in a way that the caller can act on. `retryAfterMs` is the provider's own word, if it gave one. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly kind: ModelErrorKind;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** What can be kept of an answer that came to its end and is paid for in full, but is broken; null: nothing came to its end. */
  readonly kept: ModelAnswer | null;
  /** For `too-long`: tokens of the input, and the most that input and answer may have, as the provider counts; null: it does not say. */
  readonly tooLong: { input: number; most: number } | null;

  constructor(
    kind: ModelErrorKind,
    message: string,
    details: {
      status?: number;
      retryAfterMs?: number;
      kept?: ModelAnswer;
      tooLong?: { input: number; most: number } | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.kept = details.kept ?? null;
    this.tooLong = details.tooLong ?? null;
  }

  /** Whether the same request may go through later. */
  get isPassing(): boolean {
    return ['rate-limited', 'overloaded', 'unavailable', 'timeout', 'broken-stream'].includes(this.kind);
  }

  /** Whether every further call of this run would fail the same way. */
  get isTerminal(): boolean {
    return ['authentication', 'permission', 'spend-limit', 'unknown-model', 'wrong-server'].includes(this.kind);
  }
}
