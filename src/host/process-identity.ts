import { setTimeout as sleep } from 'node:timers/promises';
import { numberHere, processPlace } from './process-place.ts';
import { stampOf } from './process-stamp.ts';

/*
 * P1 A number means a process only together with when that process began, and only where it is counted: each container counts its own.
 * P2 "I cannot see it" is not "it is dead": of a process that is counted elsewhere, or hidden from us, we say that we do not know.
 */

/** A process that cannot be mistaken for a later one with the same pid, nor for one of another container (P1). */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the operating system's own words. */
  stamp: string;
  /** Where it is counted: see {@link processPlace}. Left out by older versions: here. */
  place?: string;
}

/** What can be said of a process (P2). */
export type Standing = 'alive' | 'dead' | 'unknown';

/** Who `pid` is; undefined when nobody is alive under it (a zombie is dead), or it is hidden from us. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stamp = stampOf(pid);
  if (typeof stamp !== 'string') return undefined;
  const place = processPlace();
  return { pid, stamp, ...(place !== undefined && { place }) };
}

/** Whether this very process still runs, as far as we can see. */
export function isAlive(identity: ProcessIdentity): boolean {
  return standingOf(identity) === 'alive';
}

/** What we know of a process. */
export function standingOf({ pid, stamp, place }: ProcessIdentity): Standing {
  const number = place === undefined || place === processPlace() ? pid : numberHere({ pid, place });
  if (number === undefined) return 'unknown';
  const now = number === null ? undefined : stampOf(number);
  return now === null ? 'unknown' : now === stamp ? 'alive' : 'dead';
}

/**
 * Ends a process with the signals given, each with its own patience, then with SIGKILL; resolves when it is gone.
 *
 * Never signals another process that got the same pid, nor one that is counted elsewhere.
 */
export async function endProcess(
  identity: ProcessIdentity,
  steps: readonly { signal: NodeJS.Signals; patienceMs: number }[],
): Promise<void> {
  for (const { signal, patienceMs } of [...steps, { signal: 'SIGKILL' as const, patienceMs: 5_000 }]) {
    if (!isAlive(identity) || !isHere(identity)) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await isGoneWithin(identity, patienceMs)) return;
  }
}

/** Whether a process that is counted here ends by itself within so many ms. */
export async function isGoneWithin(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    if (!isAlive(identity)) return true;
    await sleep(10);
  }
  return !isAlive(identity);
}

/** Whether a process is counted where we are, so that its number means the same to us. */
export function isHere({ place }: ProcessIdentity): boolean {
  return place === undefined || place === processPlace();
}
