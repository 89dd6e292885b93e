import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the operating system's own words. */
  stamp: string;
}

/** Who `pid` is; undefined when nobody is alive under it (a zombie is dead). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stamp = process.platform === 'linux' ? linuxStamp(pid) : portableStamp(pid);
  return stamp === undefined ? undefined : { pid, stamp };
}

/** Whether this very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.stamp === identity.stamp;
}

/**
 * Ends a process with the signals given, each with its own patience, then with SIGKILL; resolves when it is gone.
 *
 * Never signals another process that got the same pid.
 */
export async function endProcess(
  identity: ProcessIdentity,
  steps: readonly { signal: NodeJS.Signals; patienceMs: number }[],
): Promise<void> {
  for (const { signal, patienceMs } of [...steps, { signal: 'SIGKILL' as const, patienceMs: 5_000 }]) {
    if (!isAlive(identity)) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await isGoneWithin(identity, patienceMs)) return;
  }
}

async function isGoneWithin(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    if (!isAlive(identity)) return true;
    await sleep(10);
  }
  return !isAlive(identity);
}

let bootId: string | undefined;

function linuxStamp(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command's name may hold spaces and brackets: the numbered fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${bootId}:${fields[19]}`;
}

function portableStamp(pid: number): string | undefined {
  if (process.platform === 'win32') {
    try {
      process.kill(pid, 0);
      return 'alive';
    } catch {
      return undefined;
    }
  }
  try {
    const line = execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    }).trim();
    const [state = 'Z', ...started] = line.split(/\s+/);
    return state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}
