import { describe, expect, it, vi } from 'vitest';
import { afterAwake, awakeLimit } from '../../../src/host/awake-timer.ts';

// What a process that stands still sees: the clock has moved on, and none of its timers was called meanwhile.
const standStill = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const next = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a limit on waiting', () => {
  it('does not count what the process stood still for', async () => {
    const over = vi.fn();
    const forget = afterAwake(500, over);
    await next(50);
    standStill(1200);
    await next(20);
    expect(over).not.toHaveBeenCalled();
    forget();
  });

  it('lets what came in time be heard before it', async () => {
    const heard: string[] = [];
    afterAwake(20, () => heard.push('over'));
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => heard.push('message'));
    port1.start();
    port2.postMessage('x');
    standStill(100);
    await next(20);
    expect(heard).toEqual(['message', 'over']);
    port1.close();
  });

  it('ends what waits, and can be taken back', async () => {
    const { signal } = awakeLimit(20);
    const forgotten = awakeLimit(20);
    forgotten.stop();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await next(30);
    expect(forgotten.signal.aborted).toBe(false);
  });
});
