import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { slowMs, WaitedFor } from '../../../../web/src/api/waited-for.ts';

interface Held {
  promise: Promise<string>;
  resolve: (answer: string) => void;
  reject: (error: Error) => void;
}

function held(): Held {
  const held = {} as Held;
  held.promise = new Promise((resolve, reject) => Object.assign(held, { resolve, reject }));
  return held;
}

describe('what a page waits for', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is slow as long as anything that was asked takes long, however it ends', async () => {
    const waited = new WaitedFor();
    const told: boolean[] = [];
    waited.subscribe(() => told.push(waited.isSlow()));
    const one = held();
    const other = held();
    const questions = [one, other].map(({ promise }) => waited.watch(promise));
    await waited.watch(Promise.resolve('at once'));
    await vi.advanceTimersByTimeAsync(slowMs - 1);
    expect(waited.isSlow()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(waited.isSlow()).toBe(true);
    one.resolve('late');
    await expect(questions[0]).resolves.toBe('late');
    expect(waited.isSlow()).toBe(true);
    other.reject(new Error('refused'));
    await expect(questions[1]).rejects.toThrow('refused');
    expect(told).toEqual([true, false]);
  });
});
