import { describe, expect, it } from 'vitest';
import { changedWords, toldWords } from '../../../../src/cli/show/limit-words.ts';
import type { ChangedLimits } from '../../../../src/domain/run/changed-limits.ts';
import { changedText } from '../../../../src/domain/run/changed-limits.ts';

const told = (detail: string, changed?: ChangedLimits) => toldWords({ detail, ...(changed && { changed }) });

describe('toldWords', () => {
  it.each([
    [{ scope: null, limits: { usd: 2, maxParallel: 5, timeoutMs: 10_800_000 } }, '$2, 5 tasks at once, 3 h'],
    [{ scope: null, limits: { usdPerMinute: 0.5, tokens: 40_000 } }, '$0.50 a minute, 40000 tokens'],
    [{ scope: 'task/build', limits: { usd: 2 } }, 'task build: $2'],
    [{ scope: 'phase/Usd 3', limits: { tokens: 400 } }, 'phase Usd 3: 400 tokens'],
  ])('says %j as %s, also when an event of before has it in words alone', (changed, words) => {
    expect(told('', changed)).toBe(words);
    expect(told(changedText(changed))).toBe(words);
  });

  it.each([
    ['constructor 3, something else', undefined, 'constructor 3, something else'],
    ['', { scope: null, limits: { constructor: 3 } as ChangedLimits['limits'] }, 'constructor 3'],
  ])('says what it does not know as it stands: %s', (detail, changed, words) => {
    expect(told(detail, changed)).toBe(words);
  });
});

describe('changedWords', () => {
  it.each([
    [{ usd: 2, maxParallel: 5 }, '$2, 5 tasks at once'],
    [{ phase: 'Usd 3', tokens: 400 }, 'phase Usd 3: 400 tokens'],
  ])('says %j as %s', (limits, words) => {
    expect(changedWords(limits)).toBe(words);
  });
});
