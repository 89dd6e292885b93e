import { describe, expect, it } from 'vitest';
import { ConnectionQueue } from '../../../../src/store/database/connection-queue.ts';

/** Work that is at it until it is let go. */
function held(queue: ConnectionQueue, errand: 'work' | 'commit', log: string[], name: string) {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const done = queue.within(errand, async () => {
    log.push(name);
    await over;
  });
  return { done, end };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('ConnectionQueue', () => {
  it('Q1 lets commits in before those who wait longer, and keeps places that only they get', async () => {
    const log: string[] = [];
    const queue = new ConnectionQueue({ places: 3, kept: 1 });
    const first = ['a', 'b', 'c', 'd'].map((name) => held(queue, 'work', log, name));
    expect(log).toEqual(['a', 'b']);
    const commits = ['x', 'y'].map((name) => held(queue, 'commit', log, name));
    expect(log).toEqual(['a', 'b', 'x']);
    first[0]!.end();
    await settle();
    expect(log).toEqual(['a', 'b', 'x', 'y']);
    first[1]!.end();
    await settle();
    // The last place is kept, although somebody has waited for it from the beginning.
    expect(log).toEqual(['a', 'b', 'x', 'y']);
    commits.forEach(({ end }) => end());
    await settle();
    expect(log).toEqual(['a', 'b', 'x', 'y', 'c', 'd']);
    first.forEach(({ end }) => end());
    await Promise.all([...first, ...commits].map(({ done }) => done));
  });

  it('Q2 tells that it is busy, and not that nobody answers, when too many wait or it takes too long', async () => {
    const log: string[] = [];
    const queue = new ConnectionQueue({ places: 1, kept: 0, maxWaiting: 1, patienceMs: 20 });
    const first = held(queue, 'work', log, 'a');
    const second = queue.within('work', async () => log.push('b'));
    await expect(queue.within('work', async () => log.push('c'))).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'busy',
      kind: 'unreachable',
      message: 'all 1 connections to the database are in use here, and 1 others wait for one',
    });
    await expect(second).rejects.toMatchObject({
      reason: 'busy',
      message: expect.stringContaining('none became free within 0.02 s') as string,
    });
    first.end();
    await first.done;
    await queue.within('work', async () => log.push('d'));
    expect(log).toEqual(['a', 'd']);
  });

  it('gives a place back whatever becomes of the work', async () => {
    const queue = new ConnectionQueue({ places: 1, kept: 0 });
    await expect(queue.within('work', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.within('commit', async () => 'yes')).toBe('yes');
  });
});
