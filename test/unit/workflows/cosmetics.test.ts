import { describe, expect, it } from 'vitest';
import { toKeyword, toKeywords, toNumber, toSummary } from '../../../src/workflows/base/cosmetics.ts';
import { fc, runs } from '../../support/base/properties.ts';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('what only people look at', () => {
  it('stays as it is where it fits', () => {
    expect(toSummary('coder · claude-haiku-4-5 · turn 3')).toBe('coder · claude-haiku-4-5 · turn 3');
    expect(toKeywords(['a', 'b'])).toEqual(['a', 'b']);
  });

  it('is cut to what Temporal takes, whatever is in it', () => {
    const isSmall = (text: string): boolean => {
      const long = text.repeat(40);
      const list = toKeywords(Array.from({ length: 20 }, () => long));
      const fits = bytes(toSummary(long)) <= 400 && bytes(toKeyword(long)) <= 300 && bytes(list) <= 2048;
      return fits && toSummary(long).isWellFormed() && !/\p{Cc}/u.test(toSummary(long));
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), isSmall), runs(500));
    expect(isSmall('漢')).toBe(true);
    expect(isSmall('"\\')).toBe(true);
    expect(isSmall('\ud800\u0000')).toBe(true);
  });

  it('is no number where there is none', () => {
    expect([toNumber(1.5, 'INT'), toNumber(Number.NaN, 'DOUBLE'), toNumber(1e300, 'INT')]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(toNumber(1.5, 'DOUBLE')).toBe(1.5);
  });
});
