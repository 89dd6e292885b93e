import type { Regression } from '../../src/domain/evaluation/find-regression.ts';
import { findRegression } from '../../src/domain/evaluation/find-regression.ts';
import type { Observation } from '../../src/domain/evaluation/observation.ts';
import { createBits } from '../../src/domain/evaluation/sign-flips.ts';
import { toRow } from '../table.ts';

/** Written down before the first trial ran, and not changed since. */
const seeds = [1101, 2203, 3307, 4409, 5501] as const;

/** What is simulated: cases of different difficulty, each run so often before and after. */
interface Shape {
  name: string;
  cases: number;
  runs: number;
  steps: number;
  /** Passes or fails; else scores that vary around the case's own. */
  isGraded?: boolean;
  /** Points that the average pass rate or score falls by. */
  drop: number;
}

const shapes: readonly Shape[] = [
  { name: '40 cases × 5, pass or fail', cases: 40, runs: 5, steps: 1, drop: 0 },
  { name: '40 cases × 5, three steps', cases: 40, runs: 5, steps: 3, drop: 0 },
  { name: '40 cases × 5, scores', cases: 40, runs: 5, steps: 1, isGraded: true, drop: 0 },
  { name: '20 cases × 1, pass or fail', cases: 20, runs: 1, steps: 1, drop: 0 },
  { name: '1 case × 20, pass or fail', cases: 1, runs: 20, steps: 1, drop: 0 },
  { name: '40 cases × 5, pass or fail, −20', cases: 40, runs: 5, steps: 1, drop: 20 },
  { name: '40 cases × 5, three steps, −20', cases: 40, runs: 5, steps: 3, drop: 20 },
  { name: '40 cases × 5, scores, −20', cases: 40, runs: 5, steps: 1, isGraded: true, drop: 20 },
];

/** What came of the comparisons of one shape. Shares are of `count`. */
interface Outcome extends Shape {
  count: number;
  /** Per seed. */
  worse: number[];
  better: number;
  same: number;
  anyStepWorse: number;
  withBreaks: number;
  /** What comparing two means with 5 points of tolerance would have called worse. */
  byMeans: number;
}

/** Compares simulated runs, `count` times per seed and shape. `say` hears how far it is. */
export function runTrials(count: number, say: (line: string) => void): Outcome[] {
  return shapes.map((shape) => {
    const outcome: Outcome = {
      ...{ ...shape, count: count * seeds.length, worse: [], better: 0, same: 0 },
      ...{ anyStepWorse: 0, withBreaks: 0, byMeans: 0 },
    };
    for (const seed of seeds) {
      const random = randomFrom(seed);
      let worse = 0;
      for (let at = 0; at < count; at++) {
        const regression = compareOnce(shape, random);
        if (regression.overall.verdict === 'worse') worse += 1;
        tally(outcome, regression);
      }
      outcome.worse.push(worse);
    }
    say(`${shape.name}: ${outcome.worse.join(' + ')} of ${outcome.count} worse`);
    return outcome;
  });
}

function tally(outcome: Outcome, { overall, steps, breaks }: Regression): void {
  if (overall.verdict === 'better') outcome.better += 1;
  if (overall.verdict === 'same') outcome.same += 1;
  if (steps.some(({ verdict }) => verdict === 'worse')) outcome.anyStepWorse += 1;
  if (breaks.length > 0) outcome.withBreaks += 1;
  if ((overall.difference ?? 0) <= -5) outcome.byMeans += 1;
}

function compareOnce(shape: Shape, random: () => number): Regression {
  const levels = Array.from({ length: shape.cases }, () => 0.6 + 0.4 * random());
  const observe = (drop: number): Observation[] =>
    levels.flatMap((level, at) =>
      Array.from({ length: shape.runs * shape.steps }, (_, index) => ({
        case: `case-${at}`,
        step: `step-${index % shape.steps}`,
        score: scoreOf(shape, level - drop / 100, random),
      })),
    );
  return findRegression(observe(0), observe(shape.drop));
}

function scoreOf({ isGraded }: Shape, level: number, random: () => number): number {
  if (!isGraded) return random() < level ? 100 : 0;
  // Noise of about ± 12 points around the case's own level.
  const noise = (random() + random() + random() - 1.5) * 24;
  return Math.min(100, Math.max(0, Math.round(level * 100 + noise)));
}

function randomFrom(seed: number): () => number {
  const bits = createBits(seed);
  return () => bits() / 2 ** 32;
}

/** How often the runs that were asked for were enough. */
export interface Asked {
  drop: number;
  asked: number;
  runs: number;
  enough: number;
}

/** Asks how many runs more are needed where there are few, makes them, and looks whether something was said then. */
export function runPromises(count: number): Asked[] {
  return [10, 20, 40].map((drop) => {
    const shape: Shape = { name: '', cases: 12, runs: 2, steps: 1, drop };
    const random = randomFrom(seeds[0]);
    const result: Asked = { drop, asked: 0, runs: 0, enough: 0 };
    for (let at = 0; at < count; at++) {
      const { moreRuns } = compareOnce(shape, random).overall;
      if (moreRuns === 0) continue;
      const cases = Math.min(2000, shape.cases + Math.ceil(moreRuns / shape.runs));
      const { verdict } = compareOnce({ ...shape, cases }, random).overall;
      result.asked += 1;
      result.runs += moreRuns;
      if (verdict !== 'not enough evidence') result.enough += 1;
    }
    return result;
  });
}

/** The tables for people. */
export function trialsTable(outcomes: readonly Outcome[], promises: readonly Asked[]): string {
  const percent = (share: number, of: number): string => `${((100 * share) / of).toFixed(2)} %`;
  return [
    `Simulated comparisons, ${outcomes[0]!.count / seeds.length} for each of the seeds ${seeds.join(', ')}; pass rates of cases between 60 % and 100 %.`,
    'Bars: without a change at most 1 % are called worse; of drops of 20 points with 40 cases × 5 at least 95 % are.',
    '',
    '| what | worse, per seed | worse | a step worse | better | same | a hard break | worse by means (5 points) |',
    '| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...outcomes.map((each) => {
      const worse = each.worse.reduce((sum, some) => sum + some, 0);
      const counts = [worse, each.anyStepWorse, each.better, each.same, each.withBreaks, each.byMeans];
      return toRow([each.name, each.worse.join(', '), ...counts.map((some) => percent(some, each.count))]);
    }),
    '',
    'Whether as many runs more as it asks for are enough, from 12 cases × 2 on, pass or fail:',
    '',
    '| drop | asked | runs more (mean) | then said something |',
    '| ---: | ---: | ---: | ---: |',
    ...promises.map(({ drop, asked, runs, enough }) =>
      toRow([
        `${drop}`,
        `${asked}`,
        asked === 0 ? '' : (runs / asked).toFixed(0),
        asked === 0 ? '' : percent(enough, asked),
      ]),
    ),
    '',
  ].join('\n');
}
