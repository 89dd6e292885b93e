import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect } from 'vitest';
import { patient } from '../support/base/patience.ts';
import { descendantsOf, processesBelow, stillAlive } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { clingingProgram } from '../support/contain/clinging.ts';
import { attemptFolders, contained, programOf, settings } from '../support/contain/contained.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';

let worker: ChildProcess | undefined;
afterAll(() => void worker?.kill('SIGKILL'));

/** One that goes on as long as nobody kills it. */
async function livingWorker(): Promise<ChildProcess> {
  if (worker?.connected) return worker;
  const main = path.resolve(import.meta.dirname, '../support/contain/contain-main.mjs');
  worker = fork(main, [JSON.stringify({ settings })], { stdio: 'ignore' });
  await once(worker, 'message');
  return worker;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]);

/** The relay of a program that runs in a bubblewrap, which is the second process there, and what it runs; undefined before they are there. */
function insideOf(bwrap: number): { relay: number; agent: number } | undefined {
  const all = processes();
  const isRelay = (pid: number): boolean =>
    /^NSpid:.*\t2$/m.test(read(`/proc/${pid}/status`)) &&
    read(`/proc/${pid}/cmdline`).startsWith(`${process.execPath}\0/run/gaffer/relay`) &&
    parentOf(parentOf(pid)) === bwrap;
  const relay = all.find(isRelay);
  const agent = relay && all.find((pid) => parentOf(pid) === relay);
  return agent === undefined ? undefined : { relay: relay!, agent };
}

/** The next message of a worker, also when it came before. */
async function heard<Message>(messages: unknown[], what: keyof Message & string): Promise<Message> {
  const found = () => messages.find((each) => typeof each === 'object' && each !== null && what in each);
  await until(`the worker tells ${what}`, () => found() !== undefined);
  return found() as Message;
}

const victims = ['worker', 'agent', 'relay', 'bwrap'] as const;

describe('of a contained program that does all to outlive it, nothing is left 5 s after a kill', () => {
  for (const seed of seedsOf(12)) {
    const victim = victims[seed % victims.length]!;
    contained(`of its ${victim} at a moment of seed ${seed}`, async () => {
      const own = attemptFolders();
      const host = await livingWorker();
      const messages: unknown[] = [];
      host.removeAllListeners('message').on('message', (message) => messages.push(message));
      const before = new Set(descendantsOf(host.pid!).map(({ pid }) => pid));
      host.send(programOf(clingingProgram(own.home), { ...own, gateway: { socket: '/nowhere.sock' } }));
      const { pid } = await heard<{ pid: number }>(messages, 'pid');
      await until('it is inside', () => insideOf(pid) !== undefined);
      await sleep(seeded(seed)(300));
      const all = descendantsOf(host.pid!).filter((each) => !before.has(each.pid));
      const { relay, agent } = insideOf(pid)!;
      process.kill({ worker: host.pid!, bwrap: pid, relay, agent }[victim], 'SIGKILL');
      expect(await stillAlive(all, patient(5000))).toEqual([]);
      expect(processesBelow(own.home)).toEqual([]);
      if (victim === 'worker') return;
      const { end } = await heard<{ end: object }>(messages, 'end');
      expect(end).toMatchObject({ stopped: null });
      expect(readdirSync(own.home)).toEqual([]);
    });
  }
});
