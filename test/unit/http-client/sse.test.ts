import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseParser, type SseMessage } from '../../../src/http-client/sse.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (...chunks: Uint8Array[]): SseMessage[] => {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.feed(chunk));
};
const text = fc.string({ unit: 'grapheme' }).map((value) => value.replace(/[\r\n\0]/g, ''));

describe('a stream of events', () => {
  it('says the same however it is cut, with any line breaks, between comments, in any script', () => {
    const message = fc.record({ event: text, data: fc.array(text, { minLength: 1, maxLength: 3 }), id: text });
    const stream = fc.record({
      messages: fc.array(message, { maxLength: 5 }),
      lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
      cuts: fc.array(fc.nat(400), { maxLength: 12 }),
    });
    fc.assert(
      fc.property(stream, ({ messages, lineBreak, cuts }) => {
        const lines = messages.flatMap(({ event, data, id }) => [
          ...[': says nothing', `id: ${id}`, `event: ${event}`, 'retry: 5', 'unknown'],
          ...data.map((line) => `data: ${line}`),
          '',
        ]);
        const whole = bytes(['', ...lines, ': end'].join(lineBreak));
        const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.slice(places[index], end));
        const meant = messages.map(({ event, data, id }) => {
          return { event, data: data.join('\n'), id };
        });
        expect(parse(...chunks)).toEqual(meant);
      }),
      { numRuns: 300 },
    );
  });

  it('says nothing of a message that is not whole, or has no data, and keeps the last id', () => {
    expect(parse(bytes('id: 4\ndata: one\n\nevent: none\n\ndata\n\ndata: half'))).toEqual([
      { event: '', data: 'one', id: '4' },
      { event: '', data: '', id: '4' },
    ]);
  });

  it('begins behind a byte order mark, and is no stream when a message has no end', () => {
    expect(parse(bytes('\uFEFFdata: one\n\n'))).toEqual([{ event: '', data: 'one', id: '' }]);
    const parser = new SseParser();
    const endless = (): void => {
      for (let size = 0; size < 2_000_000; size += 1000) parser.feed(bytes(`data: ${'x'.repeat(1000)}\n`));
    };
    expect(endless).toThrow(RangeError);
    const empty = new SseParser();
    const nothing = bytes('data\n'.repeat(100_000));
    const endlessNothing = (): void => {
      for (let lines = 0; lines < 2_000_000; lines += 100_000) empty.feed(nothing);
    };
    expect(endlessNothing).toThrow(RangeError);
  });
});
