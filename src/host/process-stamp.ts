import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processPlace } from './process-place.ts';

/**
 * When the process that bears this number here started, in the operating system's own words; null: it is there, and hidden from us.
 * Undefined: nobody is alive under the number (a zombie is dead).
 */
export function stampOf(pid: number): string | null | undefined {
  if (process.platform !== 'linux') return portableStamp(pid);
  const isSelf = pid === process.pid;
  // In another namespace's `/proc` a number of ours is somebody else's.
  const stat = isSelf || processPlace() !== undefined ? readStat(isSelf ? 'self' : String(pid)) : undefined;
  if (stat === undefined) return isThere(pid) ? null : undefined;
  return stat.state === 'Z' || stat.state === 'X' ? undefined : `${bootId()}:${stat.startedAt}`;
}

function readStat(name: string): { state: string | undefined; startedAt: string | undefined } | undefined {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The command's name may hold spaces and brackets: the numbered fields begin after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startedAt: fields[19] };
  } catch {
    return undefined;
  }
}

let knownBoot: string | undefined;

function bootId(): string {
  return (knownBoot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

function isThere(pid: number): boolean {
  // To the system 0 and below are groups.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function portableStamp(pid: number): string | undefined {
  if (process.platform === 'win32') return isThere(pid) ? 'alive' : undefined;
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
