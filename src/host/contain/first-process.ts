/*
 * The processes of a contained program: all of them live in one process namespace, of which the first is bubblewrap's own. When that one
 * ends, the kernel ends all others, whatever they did to get away.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from '../process-identity.ts';

const lookEveryMs = 5;

/** The first process of a namespace, of which bubblewrap tells; null: it ended before it could be seen. */
export async function readFirstProcess(info: Readable): Promise<ProcessIdentity | null> {
  let text = '';
  try {
    for await (const chunk of info) text += String(chunk);
  } catch {
    // It was ended meanwhile.
  }
  const [, pid] = /"child-pid":\s*(\d+)/.exec(text) ?? [];
  return (pid !== undefined && identify(Number(pid))) || null;
}

/** Asks the program to end: the first that was started in the namespace, as soon as it is there. */
export async function askToEnd(first: ProcessIdentity): Promise<void> {
  for (; isAlive(first); await sleep(lookEveryMs)) {
    const second = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isSecondOf(first, name));
    if (second !== undefined) return send(Number(second), 'SIGTERM');
  }
}

/** Ends a namespace and all that is in it. */
export function endAll(first: ProcessIdentity): void {
  if (isAlive(first)) send(first.pid, 'SIGKILL');
}

/** Waits until a namespace is over: then nothing of it is left. */
export async function untilOver(first: ProcessIdentity): Promise<void> {
  while (isAlive(first)) await sleep(lookEveryMs);
}

function isSecondOf(first: ProcessIdentity, name: string): boolean {
  try {
    const status = readFileSync(`/proc/${name}/status`, 'utf8');
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(status) ?? [];
    const [, numbers = ''] = /^NSpid:\s*(.*)$/m.exec(status) ?? [];
    return Number(parent) === first.pid && numbers.split('\t').at(-1) === '2';
  } catch {
    // It ended meanwhile.
    return false;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
