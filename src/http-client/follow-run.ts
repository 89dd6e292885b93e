import type { Problem } from '../contracts/problem.ts';
import type { AgentDelta } from '../domain/conversation/agent-delta.ts';
import { GafferError, UnreachableError } from '../domain/errors.ts';
import { isLastEvent, type RunEvent } from '../domain/run/run-events.ts';
import type { FollowOptions } from '../client/run.ts';
import { chunksOf } from './chunks.ts';
import { Passing } from './patience.ts';
import { SseParser } from './sse.ts';
import { toError } from './to-error.ts';
import type { Transport } from './transport.ts';

/*
 * F1 The number of the last event that was given on is all that is known: a lost stream goes on behind it.
 * F2 Every event is given on once, and none before the one before it: what comes again is passed over, and a number that is missing is
 *    asked for as after a lost stream.
 * F3 A stream that says nothing at all, not even that it lives, is lost.
 * F4 Patience is for a service that is away: a quiet run's streams may be cut for hours without an event between, as proxies do. One that
 *    breaks as soon as it begins is no stream.
 */

/** The service says every 15 s that a stream lives. */
const silenceMs = 25_000;
/** Whatever stood for so long has lived (F4). */
const livedMs = 1000;

/** What somebody who watches wants to know beside the events. */
export interface FollowHooks {
  /** What models say while they say it; left out: it is not asked for. */
  onDelta?: (delta: AgentDelta) => void;
  /** A stream stands. */
  onOpen?: () => void;
  /** A stream was lost, and is asked for anew. */
  onLost?: () => void;
}

/** A run's events from `after` + 1 on, over lost connections and services that end, until its last one or until the signal aborts. */
export async function* followRun(
  transport: Transport,
  path: string,
  { after = 0, signal, ...hooks }: FollowOptions & FollowHooks,
): AsyncGenerator<RunEvent> {
  const patience = transport.patience();
  for (let last = after; signal?.aborted !== true;) {
    try {
      for await (const event of eventsOf(transport, { path, after: last, signal, hooks }, () => patience.renew())) {
        if (event === 'over') return;
        if (event.seq <= last) continue;
        if (event.seq > last + 1) break;
        last = event.seq;
        patience.renew();
        yield await whole(transport, { path, signal }, event);
        if (isLastEvent(event)) return;
      }
      throw transport.lost(new Error('the stream ended before the run'));
    } catch (error) {
      if (signal?.aborted) return;
      transport.closing.throwIfAborted();
      if (error instanceof GafferError) throw error;
      hooks.onLost?.();
      // What is no error of ours broke on its way.
      await transport.wait(patience, error instanceof Passing ? error : transport.lost(error), signal);
    }
  }
}

type Place = { path: string; after: number; signal: AbortSignal | undefined; hooks: FollowHooks };

/** What one stream tells; `over`: nothing comes behind `after`. `onLived` is told at its end when it was one (F4). */
async function* eventsOf(transport: Transport, place: Place, onLived: () => void): AsyncGenerator<RunEvent | 'over'> {
  const { path, after, signal, hooks } = place;
  const query = { after, deltas: hooks.onDelta ? 1 : 0 };
  const opened = await transport.open({ path, query, accept: 'text/event-stream', signal });
  hooks.onOpen?.();
  if (opened.response.status === 204) {
    opened.end();
    return void (yield 'over');
  }
  const from = transport.now();
  let hasSpoken = false;
  const parser = new SseParser();
  try {
    // F3
    for await (const chunk of chunksOf(opened, silenceMs)) {
      hasSpoken = true;
      for (const { event, data } of parser.feed(chunk)) {
        if (event === 'overflow') return;
        if (event === 'problem') throw toFailure(JSON.parse(data) as Problem);
        const told = JSON.parse(data) as RunEvent | AgentDelta;
        if ('seq' in told) yield told;
        else if (told.type === 'agent:delta') hooks.onDelta?.(told);
      }
    }
  } finally {
    // F4
    if (hasSpoken && transport.now() - from >= livedMs) onLived();
  }
}

/** What passes in the service is no end of the story. */
function toFailure(problem: Problem): Error {
  const told = toError(problem);
  return told instanceof UnreachableError ? new Passing(told) : told;
}

/** The service cuts events that are too long for a stream. */
async function whole(
  transport: Transport,
  { path, signal }: Pick<Place, 'path' | 'signal'>,
  event: RunEvent & { shortened?: true },
): Promise<RunEvent> {
  if (event.shortened !== true) return event;
  const query = { after: event.seq - 1, limit: 1 };
  const { answer } = await transport.json<{ events: RunEvent[] }>({ path, query, signal });
  return answer.events.find(({ seq }) => seq === event.seq) ?? event;
}
