import { afterAwake } from '../host/awake-timer.ts';
import { parseCallKey } from '../domain/ids/journal-key.ts';
import type { CallFacts } from './classify-error.ts';
import { classifyError } from './classify-error.ts';
import type { EarlyEnds } from './early-ends.ts';
import { limitsOf } from './limit-headers.ts';
import type { ModelAnswer, ModelClient, ModelRequest } from './model.ts';
import { ModelError } from './model.ts';
import { ProviderSaysError } from './provider-error.ts';
import type { StreamEvent } from './read-answer.ts';
import { AnswerReader } from './read-answer.ts';
import { readEvents } from './read-events.ts';
import { retryAfterOf } from './retry-after.ts';
import type { RawEvent } from './wire-event.ts';

/** How long the end of a stream is waited for once its answer has ended, in ms. */
const mostAfterEndMs = 1000;

/** How a call is made. */
export type CallOptions = Parameters<ModelClient['complete']>[1];

/** One wire of one account: what is sent, and what its events mean. */
export interface Wire {
  /** Sends the request, and has the beginning of the answer. @throws what {@link classifyError} knows */
  open: (request: ModelRequest, signal: AbortSignal) => Promise<Response>;
  /** Reads the events of one answer, in order, as those of the Messages API, which answers are put together from. */
  createReader: () => (raw: RawEvent) => StreamEvent[];
  /** An answer as it is kept. */
  toKept: (answer: ModelAnswer, request: ModelRequest) => ModelAnswer;
}

/** Who calls: facts of the account, and what it keeps in mind of its calls. */
export interface Caller {
  facts: Omit<CallFacts, 'model'>;
  totalTimeoutMs: number;
  ends: EarlyEnds;
}

/**
 * One call by a wire, tried once, under the limits that hold for each of them.
 *
 * @throws ModelError; the signal's reason when aborted
 */
export async function callOnce(
  { facts, totalTimeoutMs, ends }: Caller,
  wire: Wire,
  request: ModelRequest,
  options: CallOptions,
): Promise<ModelAnswer> {
  options.signal.throwIfAborted();
  const call = new AbortController();
  const abort = (): void => call.abort();
  options.signal.addEventListener('abort', abort, { once: true });
  const forget = afterAwake(totalTimeoutMs, abort);
  try {
    const response = await wire.open(request, call.signal);
    const reader = await readStream(response, wire.createReader(), { ...options, abort });
    const limits = limitsOf(response.headers);
    return { ...wire.toKept(finished(reader, wire, request), request), ...(limits && { limits }) };
  } catch (error) {
    options.signal.throwIfAborted();
    const isTooLong = call.signal.aborted;
    // Ends the request when only its reading failed.
    call.abort();
    if (isTooLong) {
      throw new ModelError('timeout', `the call took longer than ${totalTimeoutMs / 1000} s`);
    }
    throw classifyError(ends.noted(request.callKey, error), { ...facts, model: request.model });
  } finally {
    forget();
    options.signal.removeEventListener('abort', abort);
  }
}

async function readStream(
  response: Response,
  toEvents: ReturnType<Wire['createReader']>,
  options: CallOptions & { abort: () => void },
): Promise<AnswerReader> {
  const reader = new AnswerReader(options.onText);
  let forget = (): void => undefined;
  try {
    // Raw events, because the parsed ones leave out pings, the only sign of life while a model thinks.
    for await (const raw of readEvents(response)) {
      options.onProgress?.();
      if (reader.isWhole) continue;
      for (const event of toEvents(raw)) {
        reader.add(event);
        if (event.type !== 'content_block_delta') options.onUsage?.(reader.usage);
      }
      if (reader.isCut) break;
      // Read to its end, a connection serves the next call, too.
      if (reader.isWhole) forget = afterAwake(mostAfterEndMs, options.abort);
    }
  } catch (error) {
    // What breaks after the last event does not make a paid answer worthless.
    if (!reader.isWhole) {
      if (error instanceof ProviderSaysError) error.retryAfterMs = retryAfterOf(response.headers, Date.now());
      throw error;
    }
  } finally {
    forget();
  }
  return reader;
}

function finished(reader: AnswerReader, wire: Wire, request: ModelRequest): ModelAnswer {
  try {
    return reader.finish();
  } catch (error) {
    if (!(error instanceof ModelError) || !error.kept) throw error;
    throw new ModelError(error.kind, error.message, { kept: wire.toKept(error.kept, request) });
  }
}

/** What names a call, to the provider and to a gateway before it. */
export function callHeaders(callKey: string, isByGateway: boolean): Record<string, string> {
  const value = toHeaderValue(callKey);
  return { 'idempotency-key': value, ...(isByGateway && { 'gaffer-call': intentOf(callKey) }) };
}

/** The intent of a call as a gateway knows it: however often it is asked, and however short, it is one. */
export function intentOf(callKey: string): string {
  const { runKey, key } = parseCallKey(callKey);
  return `${encodeURIComponent(runKey)}|${encodeURIComponent(key)}|`;
}

/** A call's key as a header: keys hold names that users chose; a header takes visible ASCII only. */
function toHeaderValue(callKey: string): string {
  return /^[\x20-\x7e]*$/.test(callKey) ? callKey : encodeURIComponent(callKey);
}

/**
 * A key as it is sent.
 *
 * @throws ModelError `authentication` when it cannot be one
 */
export function checkedKey(key: string, variable: string): string {
  const apiKey = key.trim();
  if (/^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  // Said here: the HTTP client's own message would quote the key.
  const message = `the API key is empty or holds spaces or foreign characters: check ${variable}`;
  throw new ModelError('authentication', message);
}
