import { describe, expect, it } from 'vitest';
import { placeIn } from '../../../src/server/sse/cursor.ts';
import { wantsJson } from '../../../src/server/wants-json.ts';

describe('wantsJson', () => {
  it.each([
    ...(['application/json', 'Application/JSON', 'text/html, application/json;q=0.1'] as const),
    'application/json, text/event-stream;q=0',
  ])('is so for %s', (accept) => expect(wantsJson(accept)).toBe(true));

  it.each([undefined, '*/*', 'application/json;q=0', 'application/json;q=0.0', 'application/json, Text/Event-Stream'])(
    'is not for %s',
    (accept) => expect(wantsJson(accept)).toBe(false),
  );
});

describe('placeIn', () => {
  it('refuses what stands behind a number and is no list of numbers', () => {
    expect(placeIn('run', '1')).toBe(1);
    expect(placeIn('run', 'run:2;abcd-efgh_ij.2.4')).toBe(2);
    for (const id of ['1; DROP', '1;', '1;x', 'run:1;2.']) expect(() => placeIn('run', id)).toThrow('Last-Event-ID');
  });
});
