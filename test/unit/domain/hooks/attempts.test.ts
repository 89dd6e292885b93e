import { expect, it } from 'vitest';
import { nextAttemptMs } from '../../../../src/domain/hooks/attempts.ts';

it('an attempt is tried again for less than a day, each time later, and never all at once', () => {
  const pauses = (random: number): number[] => {
    const all: number[] = [];
    for (let attempts = 1; ; attempts++) {
      const next = nextAttemptMs(attempts, random);
      if (next === null) return all;
      all.push(next);
    }
  };
  const [soonest, latest] = [pauses(0), pauses(1)];
  const sum = (all: number[]): number => all.reduce((total, each) => total + each, 0);
  expect(latest).toEqual(latest.toSorted((one, other) => one - other));
  expect(sum(latest)).toBeLessThan(24 * 3_600_000);
  expect(sum(latest)).toBeGreaterThan(23 * 3_600_000);
  expect(latest.every((each, at) => soonest[at]! < each)).toBe(true);
});
