import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { holm } from '../../../../src/domain/evaluation/holm.ts';
import { passPower, wilson } from '../../../../src/domain/evaluation/pass-rate.ts';
import { flipSigns } from '../../../../src/domain/evaluation/sign-flips.ts';

interface Reference {
  exact: { differences: number[]; p: number; interval: [number, number] | null }[];
  sampled: { differences: number[]; p: number }[];
  wilson: { passed: number; runs: number; interval: [number, number] }[];
  passPower: { passed: number; runs: number; k: number; share: number }[];
  holm: { values: number[]; adjusted: number[] }[];
}

// Written by bench/statistics/reference.py, which works all of it out another way.
const place = new URL('../../../fixtures/statistics/reference.json', import.meta.url);
const reference = JSON.parse(readFileSync(place, 'utf8')) as Reference;

describe('flipSigns', () => {
  it.each(reference.exact)('counts every sign of $differences', ({ differences, p, interval }) => {
    const flips = flipSigns(differences, 0.01);
    expect(flips.p).toBeCloseTo(p, 12);
    if (interval === null) return expect(flips.interval).toEqual([-Infinity, Infinity]);
    expect(flips.interval[0]).toBeCloseTo(interval[0], 6);
    expect(flips.interval[1]).toBeCloseTo(interval[1], 6);
  });

  it.each(reference.sampled)('comes near what all signs of many pairs say: $p', ({ differences, p }) => {
    const error = 4 * Math.sqrt((p * (1 - p)) / 16_384) + 2 / 16_384;
    expect(Math.abs(flipSigns(differences, 0.01).p - p)).toBeLessThanOrEqual(error);
  });

  it('says the same of the same pairs in any order, also where it takes a sample', () => {
    const { differences } = reference.sampled[1]!;
    expect(flipSigns([...differences].reverse(), 0.01)).toEqual(flipSigns(differences, 0.01));
  });

  it('leaves no change outside of the interval exactly where p is below alpha', () => {
    for (const { differences } of [...reference.exact, ...reference.sampled]) {
      const { p, interval } = flipSigns(differences, 0.01);
      const holdsNone = interval[0] <= 1e-7 && interval[1] >= -1e-7;
      expect(holdsNone, JSON.stringify(differences)).toBe(p >= 0.01);
    }
  });
});

describe('wilson', () => {
  it.each(reference.wilson)('bounds the share of $passed in $runs', ({ passed, runs, interval }) => {
    const [low, high] = wilson(passed, runs);
    expect(low).toBeCloseTo(interval[0], 7);
    expect(high).toBeCloseTo(interval[1], 7);
  });

  it('knows nothing of nothing', () => expect(wilson(0, 0)).toEqual([0, 1]));
});

describe('passPower', () => {
  it.each(reference.passPower)('of $passed in $runs, all of $k: $share', ({ passed, runs, k, share }) => {
    expect(passPower(passed, runs, k)).toBeCloseTo(share, 12);
  });
});

describe('holm', () => {
  it.each(reference.holm)('corrects $values', ({ values, adjusted }) => {
    holm(values).forEach((value, at) => expect(value).toBeCloseTo(adjusted[at]!, 12));
  });
});
