import { describe, expect, it } from 'vitest';
import { placeIn, placesIn, toEventId } from '../../../../src/server/sse/cursor.ts';
import { toData, toFrame } from '../../../../src/server/sse/frame.ts';
import { StreamWriter } from '../../../../src/server/sse/stream-writer.ts';
import { fc, runs } from '../../../support/base/properties.ts';

const id = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,30}$/);
const number = fc.nat(2_147_483_647);

describe('the id of an event', () => {
  it('says of each run how far it was read, whichever of them it is of', () => {
    const asked = fc.uniqueArray(fc.record({ run: id, after: number }), {
      minLength: 1,
      maxLength: 5,
      selector: (one) => one.run,
    });
    fc.assert(
      fc.property(asked, fc.nat(), (places, pick) => {
        const own = places[pick % places.length]!;
        const eventId = toEventId(own, places);
        const fresh = places.map(({ run }) => ({ run, after: 0 }));
        expect(placesIn(fresh, eventId)).toEqual(places);
        expect(placesIn([...fresh].reverse(), eventId)).toEqual([...places].reverse());
        expect(placeIn(own.run, eventId)).toBe(own.after);
      }),
      runs(200),
    );
  });

  it('of another set of runs says only how far its own run was read', () => {
    const asked = [
      { run: 'a', after: 0 },
      { run: 'b', after: 2 },
    ];
    const others = ['a', 'c'].map((run) => ({ run, after: 7 }));
    expect(placesIn(asked, toEventId(others[0]!, others))).toEqual([
      { run: 'a', after: 7 },
      { run: 'b', after: 2 },
    ]);
    expect(placesIn(asked, 'a:7;7.3')).toEqual([
      { run: 'a', after: 7 },
      { run: 'b', after: 2 },
    ]);
    expect(placesIn(asked, 'a:7,b:9')).toEqual([
      { run: 'a', after: 7 },
      { run: 'b', after: 9 },
    ]);
    expect(placesIn(asked, undefined)).toEqual(asked);
  });

  it('is refused when it is none', () => {
    for (const wrong of ['a:x', 'a:1;p.1.x', 'a:1;p.-1.2', ':', 'a:99999999999', 'a:1;p.2147483648.0'])
      expect(
        () =>
          placesIn(
            [
              { run: 'a', after: 0 },
              { run: 'b', after: 0 },
            ],
            wrong,
          ),
        wrong,
      ).toThrow(/Last-Event-ID/);
  });
});

describe('an event on the wire', () => {
  it('is one line of data in at most 8 kB, whatever is in it, and nothing that a terminal obeys', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4000 });
    const json = fc.dictionary(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.oneof(text, fc.array(text, { maxLength: 30 }), fc.dictionary(text, text)),
    );
    fc.assert(
      fc.property(json, (fields) => {
        const event = { ...fields, type: 'run:log', seq: 7, at: 'now' };
        const frame = toFrame({ id: '7', data: toData(event, '/api/runs/a/events?after=6&limit=1') });
        expect(frame.length).toBeLessThanOrEqual(8192);
        const [first, second, ...rest] = new TextDecoder().decode(frame).split('\n');
        expect([first, rest]).toEqual(['id: 7', ['', '']]);
        expect(second).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/);
        const told = JSON.parse(second!.slice('data: '.length)) as Record<string, unknown>;
        expect(told).toMatchObject({ type: 'run:log', seq: 7 });
        if (told['shortened'] === undefined) expect(told).toEqual(JSON.parse(JSON.stringify(event)));
        else expect(told['link']).toBe('/api/runs/a/events?after=6&limit=1');
      }),
      runs(15),
    );
  });
});

describe('the writing end of a stream', () => {
  const timing = { lifeSignMs: 600_000, renewMs: 600_000, patienceMs: 600_000, retryMs: 1000 };
  const frame = (size: number): Uint8Array => new Uint8Array(size);

  it('drops what may be lost long before it lets whoever writes wait', async () => {
    const writer = new StreamWriter(timing);
    for (let offered = 0; offered < 100; offered++) writer.offer(frame(4000));
    expect(await writer.write(frame(4000))).toBe(true);
    writer.end();
    let bytes = 0;
    for await (const chunk of writer.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
    expect(bytes).toBeLessThan(48_000);
  });

  it('begins with when to come back, and not all at once', async () => {
    const hints = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const writer = new StreamWriter(timing);
        const { value } = await writer.body.getReader().read();
        writer.end();
        return Number(/^retry: (\d+)\n\n$/.exec(new TextDecoder().decode(value))![1]);
      }),
    );
    expect(new Set(hints).size).toBeGreaterThan(25);
    expect(hints.every((ms) => ms >= 1000 && ms <= 3000)).toBe(true);
  });

  it('lets whoever waits go when the reader leaves, and writes nothing more', async () => {
    const writer = new StreamWriter(timing);
    while ((await Promise.race([writer.write(frame(8000)), Promise.resolve(null)])) !== null) continue;
    const waiting = writer.write(frame(8000));
    await writer.body.cancel();
    expect(await waiting).toBe(false);
    expect(writer.closed.aborted).toBe(true);
  });
});
