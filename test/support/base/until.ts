import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that is bound to come. @throws Error naming it when it has not come in time */
export async function until(what: string, isThere: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(5)) if (await isThere()) return;
  throw new Error(`waited ${withinMs / 1000} s in vain until ${what}`);
}
