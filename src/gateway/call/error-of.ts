import type { ModelError } from '../../models/model.ts';
import { classifyProviderError } from '../../models/classify-error.ts';
import { readErrorBody } from '../../models/provider-error.ts';
import { retryAfterOf } from '../../models/retry-after.ts';
import { parseJson } from '../../domain/parse-json.ts';
import type { WholeAnswer } from './relay.ts';

/** What a provider's refusal means: the same as to our own loop. */
export function toModelError({ status, headers, body }: WholeAnswer, model: string): ModelError {
  const text = body.toString();
  const told = readErrorBody(parseJson(text) ?? text);
  const get = (name: string): string | null => headers[name] ?? null;
  return classifyProviderError(
    { ...told, status, retryAfterMs: retryAfterOf({ get }, Date.now()) },
    { ...facts, model },
  );
}

// What is said of it here is read by nobody but who looks into the store: the agent gets the provider's own words.
const facts = {
  baseURL: 'http://provider',
  apiKey: '',
  firstByteTimeoutMs: 0,
  idleTimeoutMs: 0,
  api: 'model API',
  places: { key: 'the provider’s key', address: 'the provider’s address' },
};
