import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../src/runners/acp/event-queue.ts';

describe('events that nobody reads', () => {
  const isOpen = async (room: Promise<void>): Promise<boolean> =>
    Promise.race([room.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
  const full = (): EventQueue<number> => {
    const queue = new EventQueue<number>();
    queue.push(...Array.from({ length: 1000 }, (_, at) => at));
    return queue;
  };

  it('hold back whoever tells them, until one is read', async () => {
    const queue = full();
    const room = queue.room();
    expect(await isOpen(room)).toBe(false);
    const events = queue.read();
    expect([(await events.next()).value, (await events.next()).value]).toEqual([0, 1]);
    expect(await isOpen(room)).toBe(true);
  });

  it('hold nobody back whose reader has left', async () => {
    const queue = full();
    const room = queue.room();
    const events = queue.read();
    await events.next();
    await events.return(undefined);
    expect(await isOpen(room)).toBe(true);
    expect(await isOpen(queue.room())).toBe(true);
  });
});
