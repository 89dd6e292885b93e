import { describe, expect, it } from 'vitest';
import { changedWords, limitWords } from '../../../src/cli/show/limit-words.ts';

describe('limitWords', () => {
  it.each([
    ['usd 2, maxParallel 5, timeoutMs 10800000', '$2, 5 tasks at once, 3 h'],
    ['usdPerMinute 0.5, tokens 40000', '$0.50 a minute, 40000 tokens'],
    ['task build: usd 2', 'task build: $2'],
    ['constructor 3, something else', 'constructor 3, something else'],
  ])('says %s as %s', (detail, words) => {
    expect(limitWords(detail)).toBe(words);
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
