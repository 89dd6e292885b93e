import type { OutgoingHttpHeaders } from 'node:http';
import type { Wire } from '../wire/wires.ts';
import { isMessagesWire } from '../wire/wires.ts';

/** Why the gateway itself does not answer as the provider would. */
export type RefusalKind =
  | 'authentication'
  | 'not-found'
  | 'bad-request'
  | 'too-large'
  | 'unknown-model'
  | 'budget'
  | 'stopped'
  | 'rate-limited'
  | 'unavailable';

/** A request that the gateway refuses, in the words of the provider whose wire is spoken. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** When it may be asked again; null: nothing is said of it. */
  readonly retryAfterMs: number | null;

  constructor(kind: RefusalKind, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Each kind in the words of both APIs. What no further try changes has a status that no agent tries again: OpenAI's own form of a spent
 * quota is a 429, which some try again all the same.
 */
const forms: Readonly<
  Record<
    RefusalKind,
    { messages: [status: number, type: string]; openai: [status: number, type: string, code: string | null] }
  >
> = {
  authentication: {
    messages: [401, 'authentication_error'],
    openai: [401, 'invalid_request_error', 'invalid_api_key'],
  },
  'not-found': { messages: [404, 'not_found_error'], openai: [404, 'invalid_request_error', null] },
  'bad-request': { messages: [400, 'invalid_request_error'], openai: [400, 'invalid_request_error', null] },
  'too-large': { messages: [413, 'request_too_large'], openai: [413, 'invalid_request_error', null] },
  'unknown-model': {
    messages: [404, 'not_found_error'],
    openai: [404, 'invalid_request_error', 'model_not_found'],
  },
  budget: { messages: [402, 'billing_error'], openai: [400, 'insufficient_quota', 'insufficient_quota'] },
  stopped: { messages: [403, 'permission_error'], openai: [403, 'invalid_request_error', null] },
  'rate-limited': { messages: [429, 'rate_limit_error'], openai: [429, 'rate_limit_error', 'rate_limit_exceeded'] },
  unavailable: { messages: [503, 'api_error'], openai: [503, 'server_error', null] },
};

/** Status, headers and body of a refusal. */
export function toRefusalAnswer(
  refusal: Refusal,
  wire: Wire | null,
): { status: number; headers: OutgoingHttpHeaders; body: Buffer } {
  const { kind, message, retryAfterMs } = refusal;
  const form = forms[kind];
  const isOpenAI = wire !== null && !isMessagesWire(wire);
  const [status, type] = isOpenAI ? form.openai : form.messages;
  const error = isOpenAI ? { message, type, param: null, code: form.openai[2] } : { type, message };
  const body = Buffer.from(JSON.stringify(isOpenAI ? { error } : { type: 'error', error }));
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      'gaffer-gateway': 'refused',
      'x-should-retry': kind === 'unavailable' || kind === 'rate-limited' ? 'true' : 'false',
      ...(retryAfterMs !== null && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
    },
    body,
  };
}
