import { parseJson } from '../../domain/parse-json.ts';
import { isErrorShape, ProviderSaysError } from '../provider-error.ts';
import type { RawEvent } from '../wire-event.ts';
import { otherApiOf, WrongServerError } from '../wrong-server.ts';

/** What of a stranger's JSON is an object. */
export type Fields = Record<string, unknown>;

/**
 * The object that an event of either wire holds; `done`: its stream's last word, null: nothing that says anything.
 *
 * `isAnswer` knows objects of the answer by their shape: one that is none is passed over in a stream, and as a body another server's.
 *
 * @throws ProviderSaysError when it is an error, WrongServerError when it is another API's, SyntaxError when it cannot be read
 */
export function readJson(
  { name, data, isBody = false, isCut = false }: RawEvent,
  isAnswer: (body: Fields) => boolean,
): Fields | 'done' | null {
  const text = data.trim();
  if (text === '' || name === 'ping') return null;
  if (text === '[DONE]') return 'done';
  if (name === 'error') throw new ProviderSaysError(parseJson(text) ?? text);
  if (!isBody && !text.startsWith('{')) return null;
  if (isCut && parseJson(text) === undefined) return null;
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed)) {
    if (isErrorShape(parsed)) throw new ProviderSaysError(parsed);
    if (isBody) throw new WrongServerError('JSON that is no answer');
    return null;
  }
  const { error } = parsed;
  if (isRecord(error) || (typeof error === 'string' && error !== '')) throw new ProviderSaysError(parsed);
  if (isAnswer(parsed)) return parsed;
  if (isErrorShape(parsed)) throw new ProviderSaysError(parsed);
  const other = otherApiOf(parsed);
  if (other !== null) throw new WrongServerError(`an answer of ${other}`);
  if (isBody) throw new WrongServerError('JSON that is no answer');
  return null;
}

/** Whether something is an object, and no list. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of what should be a list. */
export function recordsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** What is text, and ''. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
