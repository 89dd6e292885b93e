import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/gateway/content/read-request.ts';
import { EventLines } from '../../../src/gateway/wire/event-lines.ts';

describe('a stream of events', () => {
  it.each([1, 2, 3, 7, 1000])('is taken apart the same way in pieces of %i bytes', (size) => {
    const taken: [string | null, string][] = [];
    const lines = new EventLines((name, data) => taken.push([name, data]));
    const stream = Buffer.from('event: a\r\ndata: {"ü":1}\r\n\r\ndata: x\ndata: y\n\ndata: last');
    for (let at = 0; at < stream.length; at += size) lines.push(stream.subarray(at, at + size));
    lines.end();
    expect(taken).toEqual([
      ['a', '{"ü":1}'],
      [null, 'x\ny'],
      [null, 'last'],
    ]);
  });
});

describe('what a request may cost', () => {
  const read = (body: object) => readRequest(Buffer.from(JSON.stringify({ model: 'm', ...body })));

  it('counts all answers that it asks for, and the largest of its limits', () => {
    expect(read({ n: 128, max_tokens: 10 })).toMatchObject({ answers: 128, maxTokens: 10 });
    expect(read({ max_tokens: 1, max_completion_tokens: 900 })).toMatchObject({ answers: 1, maxTokens: 900 });
  });

  it.each([{ model: 'a\u0000b' }, { model: 'x'.repeat(501) }, { n: 1e9, max_tokens: 1e6 }])(
    'is refused: %o',
    (body) => {
      expect(() => read(body)).toThrow();
    },
  );
});
