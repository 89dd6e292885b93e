import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessIdentity, identify, standingOf } from '../host/process-identity.ts';
import { undoneAtExit } from '../host/exit/undone-at-exit.ts';
import { StackError } from './stack-error.ts';

/*
 * L1 A lock file appears with its whole content at once (link), so nobody reads a half-written one.
 * L2 A lock whose holder is dead is taken away only under a second, short lock: two takers that saw the same dead holder
 *    could otherwise remove each other's new lock.
 * L3 Of a holder in another container nobody can say whether it lives, so a holder touches its lock as long as it does.
 * L4 Who stood still for longer than that may have lost it by then, and leaves the next one's alone.
 */

const guardIsStaleAfterMs = 10_000;
const lockIsStaleAfterMs = 60_000;
const touchEveryMs = 10_000;
// Whoever only looks what runs holds it for a moment.
const toldAfterMs = 2000;

/**
 * Runs `work` while no other process holds the lock file; a dead holder's lock is taken over.
 *
 * @throws StackError `busy` when a living process holds it longer than `patienceMs` (default 15 minutes: a build may run); `onWait` is told of one that holds it longer than a moment
 */
export async function withFileLock<Result>(
  path: string,
  work: () => Promise<Result>,
  { onWait, patienceMs = 15 * 60_000 }: { onWait?: (holderPid: number) => void; patienceMs?: number } = {},
): Promise<Result> {
  const me = JSON.stringify({ ...identify(process.pid), token: randomUUID() });
  const since = performance.now();
  let isToldYet = false;
  while (!take(path, me)) {
    const holder = readHolder(path);
    if (holder && isGone(holder, path)) {
      removeDead(path, me);
      continue;
    }
    const waitedMs = performance.now() - since;
    if (holder && !isToldYet && waitedMs > Math.min(toldAfterMs, patienceMs / 2)) {
      onWait?.(holder.pid);
      isToldYet = true;
    }
    if (waitedMs > patienceMs) {
      throw new StackError(
        'busy',
        `${path}: process ${holder?.pid} holds it and does not let go. End that process first.`,
      );
    }
    await sleep(25);
  }
  const touching = setInterval(() => touch(path, me), touchEveryMs);
  const letGo = (): void => {
    if (isHeldBy(path, me)) rmSync(path, { force: true });
  };
  const inOrder = undoneAtExit(letGo);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    inOrder();
    letGo();
  }
}

// L3
function isGone(holder: ProcessIdentity, path: string): boolean {
  const standing = standingOf(holder);
  return standing === 'dead' || (standing === 'unknown' && (ageMs(path) ?? 0) > lockIsStaleAfterMs);
}

// L4
function isHeldBy(path: string, me: string): boolean {
  try {
    return readFileSync(path, 'utf8') === me;
  } catch {
    return false;
  }
}

function touch(path: string, me: string): void {
  const now = new Date();
  try {
    if (isHeldBy(path, me)) utimesSync(path, now, now);
  } catch {
    // Somebody removed the home.
  }
}

function take(path: string, me: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, me, { mode: 0o600 });
  try {
    linkSync(draft, path); // L1
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeDead(path: string, me: string): void {
  const guard = `${path}.takeover`;
  if (!take(guard, me)) {
    const age = ageMs(guard);
    if (age !== undefined && age > guardIsStaleAfterMs) rmSync(guard, { force: true });
    return;
  }
  try {
    const holder = readHolder(path);
    if (holder && isGone(holder, path)) rmSync(path, { force: true }); // L2
  } finally {
    rmSync(guard, { force: true });
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity>;
    const { pid, stamp, place } = holder;
    return { pid: Number(pid), stamp: String(stamp), ...(place !== undefined && { place }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // What cannot be read was not written by us: nobody alive holds it.
    if (error instanceof SyntaxError) return { pid: 0, stamp: 'unreadable' };
    throw error;
  }
}

function ageMs(path: string): number | undefined {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
