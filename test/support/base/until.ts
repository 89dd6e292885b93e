import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from './patience.ts';

/**
 * Waits for something that is bound to come. `what` may be a function, asked when it has not: so that it can tell how far it came.
 *
 * @throws Error naming it when it has not come in time, on a machine as busy as this one
 */
export async function until(
  what: string | (() => string),
  isThere: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const limitMs = patient(withinMs);
  const beganAt = performance.now();
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs = performance.now() - beganAt) {
    const answer = isThere();
    if (await answer) return;
    // A server that is asked all the time has no core left for what is to come.
    await sleep(answer instanceof Promise ? Math.min(25, Math.max(5, waitedMs / 10)) : 5);
  }
  throw new Error(`waited ${limitMs / 1000} s in vain until ${typeof what === 'string' ? what : what()}`);
}
