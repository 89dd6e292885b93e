import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import type { JsonObject } from '../../domain/json.ts';
import { parseJson } from '../../domain/parse-json.ts';
import { callHeaders } from '../call-once.ts';
import { createLeanFetch, type Way } from '../lean-fetch.ts';

/** Sends one request and has the beginning of its answer. @throws the same errors as the SDK of the Messages API, which one table tells apart */
export type Post = (
  path: string,
  call: { body: JsonObject; callKey: string; signal: AbortSignal },
) => Promise<Response>;

/** A way to post to one address with its key. Redirects are not followed. */
export function createPost(
  way: Way,
  { apiKey, ...silences }: { apiKey: string; firstByteTimeoutMs: number; idleTimeoutMs: number },
): Post {
  const fetch = createLeanFetch(way, silences);
  return async (path, { body, callKey, signal }) => {
    const headers = new Headers({
      'content-type': 'application/json',
      accept: 'text/event-stream, application/json',
      authorization: `Bearer ${apiKey}`,
      ...callHeaders(callKey, way.socket !== undefined),
    });
    const response = await fetch(`${way.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    }).catch((error: unknown) => {
      throw toConnectionError(error);
    });
    if (response.ok) return response;
    const text = await response.text().catch(() => '');
    throw APIError.generate(response.status, parseJson(text) ?? undefined, text, response.headers);
  };
}

function toConnectionError(error: unknown): Error {
  const isSilence = [error, (error as { cause?: unknown }).cause].some(
    (each) => each instanceof Error && /timed? ?out/i.test(`${each.name}: ${each.message}`),
  );
  return isSilence ? new APIConnectionTimeoutError() : new APIConnectionError({ cause: error as Error });
}
