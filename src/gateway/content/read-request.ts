import type { JsonObject } from '../../domain/json.ts';
import { Refusal } from '../http/refusal.ts';
import { charactersPerToken } from '../../models/estimate.ts';
import { isRecord, recordsOf } from '../../models/openai/read-json.ts';
import { type Fields, inBlocks } from './blocks.ts';
import { doubledName } from '../../domain/source/doubled-names.ts';
import { mediaOf } from './media-tokens.ts';

/** What has to be known of a request before it is passed on. */
export interface ReadRequest {
  body: JsonObject;
  model: string;
  /** Most tokens of one answer, as it asks; null: it does not say. */
  maxTokens: number | null;
  /** How many answers it asks for at once. */
  answers: number;
  /** Most tokens of what it sends, estimated. */
  inputTokens: number;
  /** It asks that something of it be cached for an hour, which is dearer. */
  cachesForHour: boolean;
  /** Its answer may take more than what comes of it shows. */
  thinksUnseen: boolean;
}

// Whatever else it holds, the database takes it, and people can read it.
const isName = /^[^\p{Cc}\p{Cs}]{1,500}$/u;
/** More than any model answers. */
const mostAnswerTokens = 10_000_000;

/** Reads what an agent sends. @throws Refusal when it is no request */
export function readRequest(raw: Buffer): ReadRequest {
  const body = parse(raw);
  const { model } = body;
  if (typeof model !== 'string' || model === '' || !isName.test(model))
    throw new Refusal('bad-request', 'model: it is missing, or no name of a model');
  // Which of them a provider goes by is its own: the largest is held back.
  const told = [body['max_tokens'], body['max_output_tokens'], body['max_completion_tokens']].filter(isCount);
  const maxTokens = told.length > 0 ? Math.max(...told) : null;
  for (const name of ['max_tokens', 'max_output_tokens', 'max_completion_tokens', 'n']) {
    const value = body[name];
    if (value !== undefined && value !== null && !isCount(value))
      throw new Refusal('bad-request', `${name}: it is no whole number above 0`);
  }
  const answers = isCount(body['n']) ? body['n'] : 1;
  if (answers * (maxTokens ?? 1) > mostAnswerTokens)
    throw new Refusal('bad-request', 'it asks for longer answers than any model gives');
  const media = mediaOf(body);
  const inputTokens = Math.ceil((raw.length - media.length) / charactersPerToken) + media.tokens;
  return {
    ...{ body, model, maxTokens, answers, inputTokens },
    ...{ cachesForHour: cachesForHour(body), thinksUnseen: thinksUnseen(model, body) },
  };
}

function cachesForHour(body: JsonObject): boolean {
  const asks = ({ cache_control: told }: Fields): string | null =>
    isRecord(told) && told['ttl'] === '1h' ? 'an hour' : null;
  return [body, ...recordsOf(body['tools'])].some((each) => asks(each) !== null) || inBlocks(body, asks) !== null;
}

// Models of OpenAI that think pass on nothing of it.
function thinksUnseen(model: string, { reasoning_effort: effort }: JsonObject): boolean {
  return /(?:^|\/)(?:o\d|gpt-[5-9])/.test(model) || (effort !== undefined && effort !== null && effort !== 'none');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function parse(raw: Buffer): JsonObject {
  const text = raw.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('bad-request', 'the request is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal('bad-request', 'the request is no JSON object');
  const doubled = doubledName(text, value);
  if (doubled !== null) throw new Refusal('bad-request', `${doubled.slice(0, 100)}: it stands twice in one object`);
  return value as JsonObject;
}
