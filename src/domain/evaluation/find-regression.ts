/*
 * R1 Paired by case and by step: a case is compared with itself, a step with itself; what stands on one side only is named, not counted.
 * R2 A pair is a case, with the means of its runs, where cases are enough to say something; with fewer, its runs are paired in the order they came.
 * R3 Many steps are many questions: their p-values are corrected (Holm), so that one step in a hundred is not blamed by chance.
 * R4 A step that always passed in a case, and now never, is named whatever the mean says; chance alone does that less often than `alpha` in one case.
 */
import { holm } from './holm.ts';
import type { Finding, Pairs, Rule } from './judge-pairs.ts';
import { fewestPairs, judgePairs, meanOf, usualRule } from './judge-pairs.ts';
import type { Observation } from './observation.ts';
import { groupBy, hasPassed } from './observation.ts';
import type { PassRate } from './pass-rate.ts';
import { passRateOf } from './pass-rate.ts';
import { flipSigns } from './sign-flips.ts';

/** A finding with how often both sides passed. */
export interface Compared extends Finding {
  before: PassRate;
  after: PassRate;
  /** What was paired (R2). */
  pairOf: 'case' | 'run';
}

/** What always passed before and never does now (R4). */
interface HardBreak {
  case: string;
  step: string;
  before: number;
  after: number;
}

/** How runs of now stand beside runs of before. */
export interface Regression extends Rule {
  overall: Compared;
  /** In the order in which steps first came. */
  steps: (Compared & { step: string })[];
  breaks: HardBreak[];
  /** What only one side has (R1), as `case` alone where the whole case is missing. */
  unpaired: { before: Unpaired[]; after: Unpaired[] };
}

/** A step of a case, or a case as a whole, that the other side has not. */
interface Unpaired {
  case: string;
  step: string | null;
}

/** One step of one case on both sides. */
interface Cell {
  case: string;
  step: string;
  before: Observation[];
  after: Observation[];
}

/** Compares observations of before with those of now. `marginOf`: of steps that are in other units. */
export function findRegression(
  before: readonly Observation[],
  after: readonly Observation[],
  rule: Rule = usualRule,
  marginOf: (step: string) => number = () => rule.margin,
): Regression {
  const cells = cellsOf(before, after);
  const both = cells.filter((cell) => cell.before.length > 0 && cell.after.length > 0);
  const bySteps = [...groupBy(both, ({ step }) => step)];
  const flips = bySteps.map(([, ofStep]) => flipSigns(pairUp(ofStep, rule).differences, rule.alpha));
  const corrected = holm(flips.map(({ p }) => p));
  return {
    ...rule,
    overall: compare(both, rule),
    steps: bySteps.map(([step, ofStep], at) => ({
      step,
      ...compare(ofStep, { ...rule, margin: marginOf(step) }, { ...flips[at]!, p: corrected[at]! }),
    })),
    breaks: both.filter((cell) => isBroken(cell, rule.alpha)).map(toBreak),
    unpaired: { before: missingIn(cells, 'after'), after: missingIn(cells, 'before') },
  };
}

function cellsOf(before: readonly Observation[], after: readonly Observation[]): Cell[] {
  const keyOf = (each: Observation): string => JSON.stringify([each.case, each.step]);
  const earlier = groupBy(before, keyOf);
  const later = groupBy(after, keyOf);
  const keys = new Set([...earlier.keys(), ...later.keys()]);
  return [...keys].map((key) => {
    const sides = { before: earlier.get(key) ?? [], after: later.get(key) ?? [] };
    const [first] = [...sides.before, ...sides.after];
    return { case: first!.case, step: first!.step, ...sides };
  });
}

function compare(cells: readonly Cell[], rule: Rule, flips?: ReturnType<typeof flipSigns>): Compared {
  const pairs = pairUp(cells, rule);
  return {
    ...judgePairs(pairs, rule, flips ?? flipSigns(pairs.differences, rule.alpha)),
    pairOf: pairs.pairOf,
    before: passRateOf(cells.flatMap((cell) => cell.before)),
    after: passRateOf(cells.flatMap((cell) => cell.after)),
  };
}

function pairUp(cells: readonly Cell[], { alpha }: Rule): Pairs & Pick<Compared, 'pairOf'> {
  const cases = [...groupBy(cells, (cell) => cell.case).values()];
  const pairOf = cases.length >= fewestPairs(alpha) ? 'case' : 'run';
  const differences = cases.flatMap((ofCase) => (pairOf === 'case' ? [ofMeans(ofCase)] : ofRuns(ofCase)));
  const all = cells.flatMap((cell) => [...cell.before, ...cell.after]);
  return {
    differences,
    pairOf,
    runs: cases.reduce((sum, ofCase) => sum + runsOf(ofCase), 0),
    isPassFail: all.every(({ score }) => score === 0 || score === 100),
  };
}

function ofMeans(cells: readonly Cell[]): number {
  return meanOf(cells.map(({ before, after }) => meanOf(after.map(toScore)) - meanOf(before.map(toScore))));
}

function ofRuns(cells: readonly Cell[]): number[] {
  return Array.from({ length: runsOf(cells) }, (_, at) =>
    meanOf(
      cells.flatMap(({ before, after }) => {
        return before[at] && after[at] ? [after[at].score - before[at].score] : [];
      }),
    ),
  );
}

/** So many runs of a case stand on both sides in at least one of its steps. */
function runsOf(cells: readonly Cell[]): number {
  return Math.max(...cells.map(({ before, after }) => Math.min(before.length, after.length)));
}

function toScore({ score }: Observation): number {
  return score;
}

function isBroken({ before, after }: Cell, alpha: number): boolean {
  if (!before.every(hasPassed) || after.some(hasPassed)) return false;
  return 2 / choose(before.length + after.length, after.length) <= alpha;
}

function choose(all: number, some: number): number {
  let ways = 1;
  for (let at = 1; at <= some; at++) ways = (ways * (all - some + at)) / at;
  return ways;
}

function toBreak({ before, after, ...cell }: Cell): HardBreak {
  return { ...cell, before: before.length, after: after.length };
}

function missingIn(cells: readonly Cell[], side: 'before' | 'after'): Unpaired[] {
  return [...groupBy(cells, (cell) => cell.case)].flatMap(([name, ofCase]): Unpaired[] => {
    const missing = ofCase.filter((cell) => cell[side].length === 0);
    if (missing.length === ofCase.length) return [{ case: name, step: null }];
    return missing.map(({ step }) => ({ case: name, step }));
  });
}
