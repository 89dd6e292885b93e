import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../../../src/host/process-identity.ts';
import { endProcess, identify, isAlive } from '../../../src/host/process-identity.ts';

/** A process that was seen alive, with what it ran. */
export interface SeenProcess extends ProcessIdentity {
  command: string;
}

// What the shell tool marks its commands with: it finds those that left their parents.
const shellMark = /GAFFER_SHELL=[0-9a-f-]+/;

/** Everything that descends from a process, without itself, and whatever else belongs to shell commands that it started. */
export function descendantsOf(pid: number): SeenProcess[] {
  const all = listProcesses();
  const found = new Set([pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const one of all) if (found.has(one.parent)) found.add(one.pid);
  }
  const marks = new Set([...found].flatMap((one) => markOf(one) ?? []));
  for (const one of all) if (marks.has(markOf(one.pid) ?? '')) found.add(one.pid);
  found.delete(pid);
  return seen(all.filter((one) => found.has(one.pid)));
}

/** Every process that names a folder in its command line or (on Linux) in its environment, this process left out. */
export function processesBelow(folder: string): SeenProcess[] {
  const names = ({ pid, command }: Listed) => command.includes(folder) || environmentOf(pid).includes(folder);
  return seen(listProcesses().filter((one) => one.pid !== process.pid && names(one)));
}

/** Kills every process of {@link processesBelow}, and what they start meanwhile. */
export async function endProcessesBelow(folder: string): Promise<void> {
  for (let found = processesBelow(folder); found.length > 0; found = processesBelow(folder)) {
    await Promise.all(found.map((one) => endProcess(one, [])));
  }
}

/** Waits until all of them are gone. @returns those that were still alive after `withinMs` */
export async function stillAlive(processes: readonly SeenProcess[], withinMs: number): Promise<SeenProcess[]> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(20)) {
    if (!processes.some(isAlive)) return [];
  }
  return processes.filter(isAlive);
}

interface Listed {
  pid: number;
  parent: number;
  command: string;
}

function seen(listed: Listed[]): SeenProcess[] {
  return listed.flatMap(({ pid, command }) => {
    const identity = identify(pid);
    return identity ? [{ ...identity, command }] : [];
  });
}

function listProcesses(): Listed[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readListed(Number(name)) ?? []) : []));
  }
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!;
    return { pid: Number(pid), parent: Number(parent), command: command! };
  });
}

// A process may end between the listing and the look at it.
function readListed(pid: number): Listed | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent, command };
  } catch {
    return undefined;
  }
}

function markOf(pid: number): string | undefined {
  return shellMark.exec(environmentOf(pid))?.[0];
}

// Empty where it cannot be read.
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
