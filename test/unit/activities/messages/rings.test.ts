import { describe, expect, it } from 'vitest';
import type { StandingAsk } from '../../../../src/activities/messages/rings.ts';
import { findRing } from '../../../../src/activities/messages/rings.ts';

const ask = (from: string, to: string, answerer: string | null = null, by = from): StandingAsk => ({
  ...{ id: `${by}-${to}`, by, from, to, text: '?', answerer },
});
const ringOf = (asks: StandingAsk[], from: string, to: string, by = from): string[] | null =>
  findRing(asks, { by, from, to })?.map(({ id }) => id) ?? null;

describe('a ring of questions', () => {
  it.each([
    ['none without anybody who waits', [], 'a', 'b', null],
    ['two who ask each other', [ask('b', 'a')], 'a', 'b', ['b-a']],
    ['one over three others', [ask('b', 'c'), ask('c', 'd'), ask('d', 'a')], 'a', 'b', ['b-c', 'c-d', 'd-a']],
    ['none where a chain ends with somebody at work', [ask('b', 'c'), ask('c', 'd')], 'a', 'b', null],
    ['none where others go round without who asks', [ask('b', 'c'), ask('c', 'b')], 'a', 'b', null],
    ['the shortest of two', [ask('b', 'c'), ask('c', 'a'), ask('b', 'a', null, 'b2')], 'a', 'b', ['b2-a']],
  ] as const)('is %s', (_, asks, from, to, ring) => {
    expect(ringOf([...asks], from, to)).toEqual(ring);
  });

  it('goes through tasks that were added to answer, and not through others of that conversation', () => {
    const waiting = ask('b', 'a', 'answer-1');
    expect(ringOf([waiting], 'a', 'b', 'answer-1')).toEqual(['b-a']);
    expect(ringOf([waiting], 'a', 'b', 'a')).toBeNull();
  });
});
