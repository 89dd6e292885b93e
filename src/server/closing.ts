/*
 * How the service ends:
 * C1 Who waits for a run is answered at once: that it goes on, or that it is to ask another process.
 * C2 What else was asked has a few seconds to be done; whoever still waits then is sent to another process, and its work is not broken off.
 * C3 No connection is used again.
 */
import { setMaxListeners } from 'node:events';
import type { Context, MiddlewareHandler } from 'hono';
import type { Closing, ServerEnv } from './env.ts';
import { ProblemError } from './problem.ts';

/** One that both ends of are called by whoever has it. */
export function newClosing(): { begun: AbortController; over: AbortController; signals: Closing } {
  const [begun, over] = [new AbortController(), new AbortController()];
  // As many hear of it as ask at the same time.
  setMaxListeners(0, begun.signal, over.signal);
  return { begun, over, signals: { begun: begun.signal, over: over.signal } };
}

/** Answers whoever waits when the service ends (C2, C3). */
export function answerBeforeEnd({ begun, over }: Closing): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const done = await beforeAbort(
      over,
      next().then(() => true as const),
    );
    if (begun.aborted) c.header('Connection', 'close');
    if (!done) throw closing();
  };
}

/** What a wait comes to; undefined: the service began to end before (C1). */
export function untilClosing<Value>(c: Context<ServerEnv>, work: Promise<Value>): Promise<Value | undefined> {
  return beforeAbort(c.get('closing').begun, work);
}

/** What a wait comes to. @throws ProblemError 503 when the service began to end before (C1) */
export async function orClosing<Value extends object>(c: Context<ServerEnv>, work: Promise<Value>): Promise<Value> {
  const value = await untilClosing(c, work);
  if (value === undefined) throw closing();
  return value;
}

function closing(): ProblemError {
  const detail = 'this process is about to end: what was asked goes on, so ask again.';
  return new ProblemError(503, { code: 'closing', detail, headers: { 'Retry-After': '1' } });
}

async function beforeAbort<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value | undefined> {
  let end: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
