import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../../src/host/cpu-clock.ts';
import { startThread, ThreadCpuError, ThreadError } from '../../../src/host/thread.ts';

const never = new AbortController().signal;
const thread = (body: string, cpuMs: number, signal = never) =>
  startThread(
    `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (ask) => { ${body} });`,
    {},
    { cpuMs, signal },
  );

describe('a thread for hostile text', () => {
  it('ends when it has used up its CPU', async () => {
    const busy = thread('for (;;);', 300);
    await expect(busy.ask('x')).rejects.toThrow(ThreadCpuError);
    await busy.stop();
  });

  it('is not held to time in which it did nothing', async () => {
    const idle = thread('setTimeout(() => parentPort.postMessage(ask), 900)', 300);
    expect(await idle.ask('x')).toBe('x');
    await idle.stop();
  });

  it('says what it threw, and ends when nobody wants its answer any more', async () => {
    const broken = thread('throw new Error("no")', 300);
    await expect(broken.ask('x')).rejects.toThrow(ThreadError);
    await broken.stop();
    const leaving = new AbortController();
    const left = thread('for (;;);', 60_000, leaving.signal);
    const answer = left.ask('x');
    leaving.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    await left.stop();
  });
});

describe('the CPU clock', () => {
  it('counts what this thread does, and not what it waits for', async () => {
    const used = startCpuClock();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const idle = used();
    while (used() < idle + 100);
    expect(idle).toBeLessThan(200);
  });
});
