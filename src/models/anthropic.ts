import { Anthropic } from '@anthropic-ai/sdk';
import { afterAwake } from '../host/awake-timer.ts';
import { toCachedRequest } from './cached-request.ts';
import type { CallFacts } from './classify-error.ts';
import { classifyError } from './classify-error.ts';
import { EarlyEnds } from './early-ends.ts';
import { limitsOf } from './limit-headers.ts';
import { createLeanFetch } from './lean-fetch.ts';
import type { ModelAnswer, ModelClient, ModelRequest } from './model.ts';
import { ModelError } from './model.ts';
import type { ModelProvider } from './provider.ts';
import { ProviderSaysError } from './provider-error.ts';
import { AnswerReader } from './read-answer.ts';
import { readEvents } from './read-events.ts';
import { retryAfterOf } from './retry-after.ts';
import { toEvents } from './wire-event.ts';

/** How long the end of a stream is waited for once its answer has ended, in ms. */
const mostAfterEndMs = 1000;

type CallOptions = Parameters<ModelClient['complete']>[1];

/** Where and how to reach the Messages API; `baseURL` null is the vendor's own. Times in ms. */
interface AnthropicModelOptions {
  apiKey: string;
  baseURL?: string | null;
  /** Longest wait for the beginning of an answer. Default 60 s. */
  firstByteTimeoutMs?: number;
  /** Longest silence inside a call; pings count as signs of life. Default 60 s. */
  idleTimeoutMs?: number;
  /** Longest call. Default 10 min, and what the beginning may take beyond a minute. */
  totalTimeoutMs?: number;
}

/** The Messages API. */
export const anthropicProvider: ModelProvider = { name: 'anthropic', createClient: createAnthropicModel };

/**
 * A client of the Messages API: one per worker, it keeps its connections.
 *
 * @throws ModelError `authentication` when the key cannot be one
 * @internal
 */
export function createAnthropicModel(options: AnthropicModelOptions): ModelClient {
  const apiKey = options.apiKey.trim();
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    // Said here: the HTTP client's own message would quote the key.
    throw new ModelError(
      'authentication',
      'the API key is empty or holds spaces or foreign characters: check ANTHROPIC_API_KEY',
    );
  }
  const { firstByteTimeoutMs = 60_000, idleTimeoutMs = 60_000 } = options;
  const { totalTimeoutMs = 540_000 + Math.max(60_000, firstByteTimeoutMs) } = options;
  const baseURL = options.baseURL ?? 'https://api.anthropic.com';
  const client = new Anthropic({
    apiKey,
    baseURL,
    maxRetries: 0,
    // Later than our own timer, which knows why it aborts.
    timeout: totalTimeoutMs + 1000,
    logLevel: 'off',
    openTelemetry: false,
    fetch: createLeanFetch(baseURL, { firstByteTimeoutMs, idleTimeoutMs }),
  });
  const ends = new EarlyEnds();
  return {
    async complete(request, callOptions) {
      const facts = { model: request.model, baseURL, apiKey, firstByteTimeoutMs, idleTimeoutMs };
      return callOnce({ client, facts, totalTimeoutMs, ends }, request, callOptions);
    },
  };
}

interface Caller {
  client: Anthropic;
  facts: CallFacts;
  totalTimeoutMs: number;
  ends: EarlyEnds;
}

async function callOnce(
  { client, facts, totalTimeoutMs, ends }: Caller,
  request: ModelRequest,
  options: CallOptions,
): Promise<ModelAnswer> {
  options.signal.throwIfAborted();
  const call = new AbortController();
  const abort = (): void => call.abort();
  options.signal.addEventListener('abort', abort, { once: true });
  const forget = afterAwake(totalTimeoutMs, abort);
  try {
    return await readStream(await openStream(client, request, call.signal), { ...options, abort });
  } catch (error) {
    options.signal.throwIfAborted();
    const isTooLong = call.signal.aborted;
    // Ends the request when only its reading failed.
    call.abort();
    if (isTooLong) {
      throw new ModelError('timeout', `the call took longer than ${totalTimeoutMs / 1000} s`);
    }
    throw classifyError(ends.noted(request.callKey, error), facts);
  } finally {
    forget();
    options.signal.removeEventListener('abort', abort);
  }
}

/**
 * `client.post` instead of `client.messages.create`: the same request, but without the warnings about old models that the SDK writes
 * to the console by itself.
 */
function openStream(client: Anthropic, request: ModelRequest, signal: AbortSignal): Promise<Response> {
  return client
    .post('/v1/messages', {
      body: toCachedRequest(request),
      stream: true,
      signal,
      // SDK 1.11 has an option `idempotencyKey` but sends no header for it.
      headers: { 'idempotency-key': toHeaderValue(request.callKey) },
    })
    .asResponse();
}

async function readStream(response: Response, options: CallOptions & { abort: () => void }): Promise<ModelAnswer> {
  const reader = new AnswerReader(options.onText);
  let forget = (): void => undefined;
  try {
    // Raw events, because the parsed ones leave out pings, the only sign of life while a model thinks.
    for await (const raw of readEvents(response)) {
      options.onProgress?.();
      if (reader.isWhole) continue;
      for (const event of toEvents(raw)) {
        reader.add(event);
        if (event.type === 'message_start' || event.type === 'message_delta') options.onUsage?.(reader.usage);
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
  const limits = limitsOf(response.headers);
  return { ...reader.finish(), ...(limits && { limits }) };
}

/** Keys hold names that users chose; a header takes visible ASCII only. */
function toHeaderValue(callKey: string): string {
  return /^[\x20-\x7e]*$/.test(callKey) ? callKey : encodeURIComponent(callKey);
}
