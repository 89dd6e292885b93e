/*
 * What an event means is decided by its name, else by its `type`, else by its shape; only what may be of the answer has to be readable.
 */
import { ProviderSaysError, isErrorShape } from './provider-error.ts';
import type { StreamEvent } from './read-answer.ts';
import { otherApiOf, WrongServerError } from './wrong-server.ts';

/** One event as it came: of a stream by its name, if it has one. `isBody`: it is a body by itself, or its first line; `isCut`: it may lack its end. */
export interface RawEvent {
  name: string | null;
  data: string;
  isBody?: boolean;
  isCut?: boolean;
}

const ofAnswer = new Set([
  ...['message_start', 'message_delta', 'message_stop'],
  ...['content_block_start', 'content_block_delta', 'content_block_stop'],
]);
/** Without what they tell, all of the answer is there still. */
const spare = new Set(['message_start', 'message_stop', 'content_block_stop']);

/**
 * The events of an answer that one event stands for: a whole message stands for several, what vendors send between them for none.
 *
 * @throws ProviderSaysError when it is an error, WrongServerError when it is another API's, SyntaxError when it may be of the answer and cannot be read
 */
export function toEvents({ name, data, isBody = false, isCut = false }: RawEvent): StreamEvent[] {
  if (name === 'ping' || data.trim() === '') return [];
  if (data.trim() === '[DONE]') return [{ type: 'done' }];
  if (name === 'error') throw new ProviderSaysError(parsedOr(data));
  const isKnown = ofAnswer.has(name ?? '');
  if (!isKnown && !isBody && !data.trimStart().startsWith('{')) return [];
  if (isCut && parsedOr(data) === data) return [];
  const parsed: unknown = JSON.parse(data);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    const body = parsed as Record<string, unknown>;
    return isKnown ? [{ ...body, type: name! }] : meaningOf(body, isBody);
  }
  if (isBody && isErrorShape(parsed)) throw new ProviderSaysError(parsed);
  if (isBody) throw new WrongServerError('JSON that is no message');
  if (spare.has(name!)) return [{ type: name! }];
  throw new SyntaxError(`${name} is no event`);
}

function meaningOf(body: Record<string, unknown>, isBody: boolean): StreamEvent[] {
  const { type } = body;
  if (typeof type === 'string' && ofAnswer.has(type)) return [body as unknown as StreamEvent];
  if (isErrorShape(body)) throw new ProviderSaysError(body);
  if (isMessage(body)) return eventsOf(body);
  const other = otherApiOf(body);
  if (other !== null) throw new WrongServerError(`an answer of ${other}`);
  if (isBody && type !== 'ping') throw new WrongServerError(`JSON that is no message${wordsOf(body)}`);
  return [];
}

function wordsOf(body: Record<string, unknown>): string {
  const said = ['message', 'Message', 'detail', 'msg', 'title'].map((name) => body[name]);
  const words = said.find((each) => typeof each === 'string' && each !== '');
  return words === undefined ? '' : ` (“${(words as string).slice(0, 150)}”)`;
}

function parsedOr(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

type Message = Record<string, unknown> & { content: unknown };

function isMessage(body: Record<string, unknown>): body is Message {
  const { type, role, content } = body;
  return (type === 'message' || role === 'assistant') && (Array.isArray(content) || typeof content === 'string');
}

// As if it had been streamed.
function eventsOf({ content, usage, stop_reason: stopReason }: Message): StreamEvent[] {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : (content as unknown[]);
  const whole = { stop_reason: stopReason } as StreamEvent['delta'];
  const told = usage as StreamEvent['usage'];
  return [
    { type: 'message_start', message: { ...(told && { usage: told }) } },
    ...blocks.flatMap((block, index): StreamEvent[] => [
      { type: 'content_block_start', index, content_block: block as NonNullable<StreamEvent['content_block']> },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', ...(whole && { delta: whole }), ...(told && { usage: told }) },
    { type: 'message_stop' },
  ];
}
