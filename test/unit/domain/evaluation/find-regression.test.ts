import { describe, expect, it } from 'vitest';
import { findRegression } from '../../../../src/domain/evaluation/find-regression.ts';
import type { Observation } from '../../../../src/domain/evaluation/observation.ts';
import { createBits } from '../../../../src/domain/evaluation/sign-flips.ts';

/** Runs of a step over cases: `scores` of each case in turn. */
function runsOf(step: string, cases: number[][]): Observation[] {
  return cases.flatMap((scores, at) => scores.map((score) => ({ case: `case-${at}`, step, score })));
}

function repeat<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}

/** Passes of `share` on the average, always the same ones. */
function passes(cases: number, runs: number, share: number, seed: number): number[][] {
  const bits = createBits(seed);
  return repeat(cases, null).map(() => repeat(runs, null).map(() => (bits() / 2 ** 32 < share ? 100 : 0)));
}

describe('findRegression (ORCH-020)', () => {
  it('calls a drop of 20 points in 40 cases with 5 runs worse, with its interval below none', () => {
    const { overall } = findRegression(runsOf('build', passes(40, 5, 0.8, 1)), runsOf('build', passes(40, 5, 0.6, 2)));
    expect(overall).toMatchObject({ verdict: 'worse', pairs: 40, pairOf: 'case', moreRuns: 0 });
    expect(overall.interval[1]).toBeLessThan(0);
    expect(overall.before.interval[0]).toBeGreaterThan(overall.after.share);
  });

  it('calls the same in the other direction better', () => {
    const { overall } = findRegression(runsOf('build', passes(40, 5, 0.6, 2)), runsOf('build', passes(40, 5, 0.8, 1)));
    expect(overall.verdict).toBe('better');
  });

  it('does not take two runs for evidence, however far apart they are, and says how many more are', () => {
    const { overall } = findRegression(runsOf('build', [[95, 96]]), runsOf('build', [[5, 6]]));
    expect(overall).toMatchObject({
      verdict: 'not enough evidence',
      difference: -90,
      interval: [-100, 100],
      pairOf: 'run',
      moreRuns: 6,
      isAtLeast: true,
    });
  });

  it('counts runs, not guesses, until the noise that there is would show or exclude a change', () => {
    const before = runsOf('build', repeat(20, [70, 90]));
    const noisy = runsOf(
      'build',
      passes(20, 2, 0.55, 3).map((runs) => runs.map((pass) => 60 + pass * 0.4)),
    );
    const { overall } = findRegression(before, noisy);
    expect(overall).toMatchObject({ verdict: 'not enough evidence', isAtLeast: false });
    expect(overall.moreRuns).toBeGreaterThan(8);
    expect(overall.moreRuns).toBeLessThan(400);
  });

  it('finds graded scores the same where all that is likely lies within the margin', () => {
    const before = repeat(10, null).map((_, at) => [80 + (at % 3)]);
    const after = repeat(10, null).map((_, at) => [81 - (at % 2)]);
    const regression = findRegression(runsOf('build', before), runsOf('build', after));
    expect(regression.overall.verdict).toBe('same');
    expect(
      findRegression(runsOf('build', before), runsOf('build', after), { alpha: 0.01, margin: 0.5 }).overall.verdict,
    ).toBe('not enough evidence');
  });

  it('takes passes that were all alike for the same only when there are enough of them to exclude a rare failure', () => {
    const few = runsOf('build', repeat(20, [100]));
    expect(findRegression(few, few).overall).toMatchObject({
      verdict: 'not enough evidence',
      difference: 0,
      moreRuns: 107,
    });
    const many = runsOf('build', repeat(40, repeat(5, 100)));
    expect(findRegression(many, many).overall.verdict).toBe('same');
  });

  it('knows from the first pair on how many passes it takes to exclude a rare failure', () => {
    const of = (count: number, after: number) =>
      findRegression(runsOf('build', [repeat(count, 100)]), runsOf('build', [repeat(count, after)])).overall.moreRuns;
    expect([of(1, 100), of(5, 100), of(1, 0)]).toEqual([126, 122, 7]);
  });

  it('names the step that became worse and no other', () => {
    const steps = ['plan', 'build', 'review'];
    const before = steps.flatMap((step, at) => runsOf(step, passes(40, 5, 0.85, at)));
    const after = steps.flatMap((step, at) => runsOf(step, passes(40, 5, step === 'build' ? 0.5 : 0.85, at + 10)));
    const { steps: found } = findRegression(before, after);
    expect(found.map(({ step, verdict }) => [step, verdict])).toEqual([
      ['plan', 'not enough evidence'],
      ['build', 'worse'],
      ['review', 'not enough evidence'],
    ]);
  });

  it('names a hard break, although the mean became better', () => {
    const before = [
      ...runsOf('build', passes(40, 5, 0.5, 5)),
      ...repeat(5, { case: 'login', step: 'build', score: 100 }),
    ];
    const after = [...runsOf('build', passes(40, 5, 0.8, 6)), ...repeat(5, { case: 'login', step: 'build', score: 0 })];
    const { overall, breaks } = findRegression(before, after);
    expect(overall.verdict).toBe('better');
    expect(breaks).toEqual([{ case: 'login', step: 'build', before: 5, after: 5 }]);
  });

  it('names none where chance would break it as often', () => {
    const before = runsOf('build', [[100, 100, 100, 100]]);
    expect(findRegression(before, runsOf('build', [[0, 0, 0, 0]])).breaks).toEqual([]);
  });

  it('believes what a check says over what the score would', () => {
    const before = repeat(5, { case: 'login', step: 'build', score: 70, passed: true });
    const after = repeat(5, { case: 'login', step: 'build', score: 70, passed: false });
    expect(findRegression(before, after)).toMatchObject({ breaks: [{ case: 'login' }], overall: { difference: 0 } });
  });

  it('counts only what stands on both sides, and names the rest', () => {
    const before = [...runsOf('build', [[100], [100]]), { case: 'case-0', step: 'docs', score: 100 }];
    const after = [...runsOf('build', [[100]]), { case: 'new', step: 'build', score: 0 }];
    expect(findRegression(before, after)).toMatchObject({
      overall: { pairs: 1, difference: 0 },
      unpaired: {
        before: [
          { case: 'case-0', step: 'docs' },
          { case: 'case-1', step: null },
        ],
        after: [{ case: 'new', step: null }],
      },
    });
  });

  it('says of nothing that it says nothing', () => {
    expect(findRegression([], runsOf('build', [[50]]))).toMatchObject({
      overall: { verdict: 'not enough evidence', difference: null, pairs: 0, moreRuns: 8, before: { steps: 0 } },
      steps: [],
    });
  });
});
