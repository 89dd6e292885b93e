import { expect, it } from 'vitest';
import { readCursor, toCursorText, type RunCursor } from '../../../../src/client/list/run-cursor.ts';

const at = '2026-03-01T10:00:00.123456Z';
const cursors: RunCursor[] = [
  { kind: 'begun', at, runKey: 'acme@x:key' },
  { kind: 'queued', startsAt: '2026-03-02T00:00:00.000Z', runId: 'acme@y', since: at },
];

it('gives back where a page ended, in characters that an address takes as they are', () => {
  for (const cursor of cursors) {
    const text = toCursorText(cursor);
    expect(text).toMatch(/^[\w-]+$/);
    expect(readCursor(text)).toEqual(cursor);
  }
});

const written = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

it.each([
  ['nothing', ''],
  ['words', 'the second page'],
  ['no list', written({ b: at })],
  ['a list of another kind', written(['c', at, 'x'])],
  ['too few parts', written(['b', at])],
  ['too many parts', written(['b', at, 'x', 'y'])],
  ['a number', written(['b', at, 5])],
  ['a time that is none', written(['b', '2026-02-31T00:00:00Z', 'x'])],
  ['words for a time', written(['b', "now'); --", 'x'])],
  ['a zero in a key', written(['b', at, 'x\0'])],
  ['a queue without a time', written(['q', at, 'x', 'soon'])],
  ['too much', written(['b', at, 'x'.repeat(5000)])],
  ['what is no text', 7 as unknown as string],
])('refuses %s before anything is asked', (_what, text) => {
  expect(() => readCursor(text)).toThrow(/`cursor` is none/);
});
