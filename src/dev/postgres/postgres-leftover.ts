import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessIdentity, endProcess, identify, isAlive } from '../../host/process-identity.ts';
import { runTool } from '../../host/run-tool.ts';
import type { Listening } from './postgres-database.ts';
import type { PostgresPlace } from './postgres-place.ts';

/** How long a server may take until it answers, in ms: it may have to recover. */
export const readyWithinMs = 60_000;

/**
 * A server on this data that the state file does not know of: adopted when it lives. When its pid is a zombie's or another
 * program's, PostgreSQL would refuse to start.
 */
export async function takeLeftover(place: PostgresPlace): Promise<(ProcessIdentity & Listening) | undefined> {
  const found = readPostmaster(place);
  if (!found) return undefined;
  const identity = identify(found.pid);
  if (!identity || !(await worksOn(place, identity.pid))) {
    disownLockFile(place);
    return undefined;
  }
  const deadline = performance.now() + readyWithinMs;
  while (isAlive(identity) && performance.now() < deadline) {
    const postmaster = readPostmaster(place);
    if (postmaster?.isReady) return { ...identity, ...postmaster.listening };
    await sleep(10);
  }
  await endHangingPostgres(identity);
  disownLockFile(place);
  return undefined;
}

/**
 * Puts our own pid into the lock file of a dead server: PostgreSQL knows that its parent is no server. Removing the file
 * instead would take its other check away, that no process of the dead server still uses the data.
 */
function disownLockFile(place: PostgresPlace): void {
  const path = join(place.folder, 'data', 'postmaster.pid');
  const [, ...rest] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [process.pid, ...rest].join('\n'));
}

/** Whether a server works on that data, known to the state file or not. */
export async function isServedNow(place: PostgresPlace): Promise<boolean> {
  const found = readPostmaster(place);
  return found !== undefined && identify(found.pid) !== undefined && worksOn(place, found.pid);
}

async function worksOn(place: PostgresPlace, pid: number): Promise<boolean> {
  const { code, output } = await runTool('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { timeoutMs: 5_000 });
  return code === 0 && output.includes(join(place.folder, 'data'));
}

/** What PostgreSQL's lock file on that data says; undefined: there is none. */
export function readPostmaster(
  place: PostgresPlace,
): { pid: number; listening: Listening; isReady: boolean } | undefined {
  try {
    const lines = readFileSync(join(place.folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
    const [pid, , , port, socket] = lines;
    const listening = { port: Number(port), ...(socket && { socket }) };
    return { pid: Number(pid), listening, isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/** Ends a server that does not answer: it recovers at its next start. */
export async function endHangingPostgres(record: ProcessIdentity): Promise<void> {
  await endProcess(record, [{ signal: 'SIGQUIT', patienceMs: 1_000 }]);
}
