import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodes } from '../../../../src/cli/base/exit-codes.ts';

describe('exitCodes', () => {
  it('are those of the design', () => {
    expect(exitCodes).toEqual({
      succeeded: 0,
      failed: 1,
      usage: 2,
      cancelled: 3,
      unreachable: 4,
      stopped: 5,
      needsPerson: 6,
      partial: 10,
      parked: 130,
    });
  });
});

describe('exitCodeOf', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['cancelled', 3],
    ['stopped', 5],
    ['partial', 10],
  ] as const)('maps a run that ended as %s to %d', (end, code) => {
    expect(exitCodeOf(end)).toBe(code);
  });
});
