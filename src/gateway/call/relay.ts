/*
 * One call of a provider, passed on while it comes:
 * R1 Bytes, status and headers are those of the provider.
 * R2 What an answer ends with is passed on when it is written down: whoever has all of it can rely on that.
 * R3 An answer that is no success is not passed on here: whoever asked decides what comes of it.
 */
import { afterAwake } from '../../host/awake-timer.ts';
import { unpacked } from '../../models/unpack-body.ts';
import { Readable } from 'node:stream';
import { headersToAgent } from '../http/passed-headers.ts';
import type { Watched } from '../wire/answer-watch.ts';
import { AnswerWatch } from '../wire/answer-watch.ts';
import type { AnswerBody } from './answer-body.ts';
import type { AnswerRoom, AnswerShare } from './answer-room.ts';
import type { LiveCall } from './live-call.ts';
import type { PassedRequest, Provider, ProviderAnswer } from './provider.ts';

/** Longest answer, and longest error, in bytes. */
const mostBytes = 64_000_000;
const mostOfError = 1_000_000;

/** For so long a stream may stay open that has come to its end, in ms. */
const mostAfterEndMs = 1000;

/** An answer came, and was paid, and could not be written down: asking again would pay twice. */
export class NotSettled extends Error {
  override readonly name = 'NotSettled';

  constructor(cause: unknown) {
    super(`an answer could not be written down: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** An answer as a provider gave it, whole. */
export interface WholeAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** What a call came to: an answer that was passed on, or one that is no success. */
export type Relayed = { kind: 'passed' } | { kind: 'refused'; answer: WholeAnswer };

/** A call to make. `settle` writes down what it came to, before its end is passed on; what it throws breaks it off. */
export interface Relay {
  answers: AnswerRoom;
  provider: Provider;
  request: PassedRequest;
  live: LiveCall;
  signal: AbortSignal;
  settle: (watched: Watched, answer: WholeAnswer, why: string | null) => Promise<void>;
}

/** Makes a call, once. @throws what undici throws when there is no answer; the signal's reason when aborted */
export async function relay({ answers, provider, request, live, signal, settle }: Relay): Promise<Relayed> {
  signal.throwIfAborted();
  const share = answers.open();
  const sent = provider.send(request);
  const forget = afterAwake(provider.totalTimeoutMs, () => sent.abort(new Error('the call took too long')));
  // A signal of its own, and `AbortSignal.any`, cost more than all else here, for each call.
  const stop = (): void => sent.abort(signal.reason as Error);
  signal.addEventListener('abort', stop);
  try {
    const answer = await sent.answer;
    const head = { status: answer.status, headers: headersToAgent(answer.headers) };
    if (answer.status < 200 || answer.status > 299) {
      const body = await beginningOf(answer.body, mostOfError);
      return { kind: 'refused', answer: { ...head, body } };
    }
    await passOn(answer, head, { share, request, live, settle });
    return { kind: 'passed' };
  } finally {
    forget();
    signal.removeEventListener('abort', stop);
    share.giveBack();
  }
}

async function passOn(
  { headers, body }: ProviderAnswer,
  head: Omit<WholeAnswer, 'body'>,
  { share, request, live, settle }: Pick<Relay, 'request' | 'live' | 'settle'> & { share: AnswerShare },
): Promise<void> {
  const isPacked = headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity';
  const watch = new AnswerWatch(request.wire, isPacked ? '' : String(headers['content-type'] ?? ''));
  const pieces: Buffer[] = [];
  // Of a stream that can be read as it comes, from its last event on; of any other, all of it.
  let held = 0;
  let bytes = 0;
  let why: string | null = null;
  if (watch.isStream) live.begin(head);
  let ending: NodeJS.Timeout | undefined;
  try {
    await body.each((piece) => {
      pieces.push(piece);
      bytes += piece.length;
      share.take(piece.length);
      if (bytes > mostBytes) throw new Error('it is longer than any answer');
      if (!isPacked) watch.push(piece);
      if (watch.isStream && !watch.isEnding) {
        live.push(piece);
        held = pieces.length;
      }
      // All that is told is here; whether the connection ends is of no concern to who listens.
      if (watch.isEnding) ending ??= setTimeout(() => body.destroy(), mostAfterEndMs);
    });
  } catch (error) {
    if (!watch.isEnding) why = error instanceof Error ? error.message : String(error);
    body.destroy();
  } finally {
    clearTimeout(ending);
  }
  const whole = Buffer.concat(pieces, bytes);
  const watched = isPacked ? await watchWhole(request.wire, headers, whole, why === null) : watch.finish(why === null);
  await settle(watched, { ...head, body: whole }, why).catch(notSettled);
  if (!watch.isStream && why === null) live.begin({ ...head, headers: { ...head.headers, 'content-length': bytes } });
  live.push(...pieces.slice(held));
  live.close(why === null);
}

function notSettled(error: unknown): never {
  throw new NotSettled(error);
}

/** Looks at an answer when all of it is here, as is done with one that came packed. */
export async function watchWhole(
  wire: PassedRequest['wire'],
  headers: ProviderAnswer['headers'],
  body: Buffer,
  isComplete = true,
): Promise<Watched> {
  const watch = new AnswerWatch(wire, String(headers['content-type'] ?? ''));
  try {
    for await (const piece of unpacked(Readable.from([body]), headers['content-encoding'])) watch.push(piece);
    return watch.finish(isComplete);
  } catch {
    return watch.finish(false);
  }
}

async function beginningOf(body: AnswerBody, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  await body
    .each((piece) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > most) body.destroy();
    })
    .catch((error: unknown) => {
      if (bytes <= most) throw error;
    });
  return Buffer.concat(pieces);
}
