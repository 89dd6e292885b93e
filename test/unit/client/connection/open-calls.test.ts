import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OpenCalls } from '../../../../src/client/connection/open-calls.ts';

/** As the SDK does it: each try adds a listener, which stays. */
function openCalls() {
  const signals: AbortSignal[] = [];
  let isClosed = false;
  const client = {
    withAbortSignal<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
      signals.push(signal);
      return work();
    },
    connection: { close: async () => void (isClosed = true) },
  } as unknown as Client;
  return { calls: new OpenCalls(client), signals, isClosed: () => isClosed };
}

/** A call that goes on until it is given up, and has been tried often by then. */
function untilGivenUp(signals: readonly AbortSignal[], tries = 1): () => Promise<void> {
  return () =>
    new Promise((_, reject) => {
      for (let count = 0; count < tries; count += 1)
        signals.at(-1)!.addEventListener('abort', () => reject(new Error('given up')));
    });
}

describe('calls on one connection', () => {
  it('are given up by their limit alone, and leave nothing on it', async () => {
    const { calls, signals } = openCalls();
    const limit = new AbortController();
    for (let count = 0; count < 50; count += 1) expect(await calls.track(async () => count, limit.signal)).toBe(count);
    expect(getEventListeners(limit.signal, 'abort')).toHaveLength(0);
    expect(new Set(signals).size).toBe(50);
    const limited = calls.track(untilGivenUp(signals), limit.signal);
    limit.abort();
    await expect(limited).rejects.toThrow('given up');
    const late = calls.track(async () => signals.at(-1)!.aborted, limit.signal);
    expect(await late).toBe(true);
  });

  it('may be tried for days without a warning of too many listeners', async () => {
    const { calls, signals } = openCalls();
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const limit = new AbortController();
    const long = [calls.track(untilGivenUp(signals, 30), limit.signal), calls.track(untilGivenUp(signals, 30))];
    await turn();
    await calls.close();
    expect(await Promise.allSettled(long)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(warnings).toEqual([]);
  });

  it('are all given up before the connection is closed, and none begins behind that', async () => {
    const { calls, signals, isClosed } = openCalls();
    const open = [calls.track(untilGivenUp(signals)), calls.track(untilGivenUp(signals))];
    const outcomes = Promise.allSettled(open.map((call) => call.finally(() => expect(isClosed()).toBe(false))));
    await calls.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(isClosed()).toBe(true);
    await expect(calls.track(async () => 1)).rejects.toThrow('is being closed');
  });
});
