import type { JsonObject } from '../../domain/json.ts';
import { Refusal } from '../http/refusal.ts';
import { charactersPerToken } from '../../models/estimate.ts';

/** What has to be known of a request before it is passed on. */
export interface ReadRequest {
  body: JsonObject;
  model: string;
  /** Most tokens of the answer, as it asks; null: it does not say. */
  maxTokens: number | null;
  /** Most tokens of what it sends, estimated. */
  inputTokens: number;
}

/** Reads what an agent sends. @throws Refusal when it is no request */
export function readRequest(raw: Buffer): ReadRequest {
  const body = parse(raw);
  const { model } = body;
  if (typeof model !== 'string' || model === '') throw new Refusal('bad-request', 'model: it is missing');
  const told = [body['max_tokens'], body['max_output_tokens'], body['max_completion_tokens']];
  const maxTokens = told.find((each): each is number => Number.isSafeInteger(each) && (each as number) > 0) ?? null;
  return { body, model, maxTokens, inputTokens: Math.ceil(raw.length / charactersPerToken) };
}

function parse(raw: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(raw.toString());
  } catch {
    throw new Refusal('bad-request', 'the request is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Refusal('bad-request', 'the request is no JSON object');
}
