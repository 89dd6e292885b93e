import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { BodyRoom } from '../../../src/gateway/http/body-room.ts';

const asked = (bytes?: number): IncomingMessage =>
  Object.assign(new EventEmitter(), {
    destroyed: false,
    headers: bytes === undefined ? {} : { 'content-length': String(bytes) },
  }) as unknown as IncomingMessage;

describe('room for requests', () => {
  it('is kept within an attempt and over all, and given on', async () => {
    const room = new BodyRoom({ one: { bytes: 100, calls: 9 }, all: { bytes: 150, calls: 9 }, patienceMs: 60_000 });
    const first = await room.take('a', asked(80));
    let isIn = false;
    const second = room.take('a', asked(80)).then((giveBack) => ((isIn = true), giveBack));
    const other = await room.take('b', asked(60));
    expect(isIn).toBe(false);
    first();
    first();
    const third = await second;
    other();
    third();
    (await room.take('c', asked(100)))();
  });

  it('is refused after a while, and to one that does not say its length', async () => {
    const room = new BodyRoom({ one: { bytes: 100, calls: 9 }, all: { bytes: 150, calls: 9 }, patienceMs: 0 });
    await room.take('a', asked(80));
    await expect(room.take('a', asked(80))).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(room.take('b', asked())).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is bounded by their number, too: within an attempt and over all', async () => {
    const room = new BodyRoom({ one: { bytes: 100, calls: 2 }, all: { bytes: 100, calls: 3 }, patienceMs: 0 });
    const first = await room.take('a', asked(1));
    await room.take('a', asked(1));
    await expect(room.take('a', asked(1))).rejects.toMatchObject({ kind: 'unavailable' });
    await room.take('b', asked(1));
    await expect(room.take('c', asked(1))).rejects.toMatchObject({ kind: 'unavailable' });
    first();
    (await room.take('a', asked(1)))();
  });
});
