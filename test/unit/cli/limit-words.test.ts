import { describe, expect, it } from 'vitest';
import { limitWords } from '../../../src/cli/limit-words.ts';

describe('limitWords', () => {
  it.each([
    ['usd 2, maxParallel 5, timeoutMs 10800000', '$2, 5 tasks at once, 3 h'],
    ['usdPerMinute 0.5, tokens 40000', '$0.50 a minute, 40000 tokens'],
    ['constructor 3, something else', 'constructor 3, something else'],
  ])('says %s as %s', (detail, words) => {
    expect(limitWords(detail)).toBe(words);
  });
});
