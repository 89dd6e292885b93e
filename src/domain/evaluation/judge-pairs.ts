/*
 * V1 Worse and better are what the sign-flip test says at `alpha`, two-sided; never a difference of means alone.
 * V2 Same is as much a finding as worse: the whole interval lies within the margin. Passes that were all alike say nothing of what happens once in
 *    a hundred runs, so there must be as many of them as Wilson's interval needs, too.
 * V3 Everything else is not enough evidence, with how many pairs would be: by what these pairs vary, for either finding, whichever takes fewer.
 */
import { z99 } from './pass-rate.ts';
import type { SignFlips } from './sign-flips.ts';
import { flipSigns } from './sign-flips.ts';

/** What comparing says. `same`: within the margin. */
export type Verdict = 'better' | 'worse' | 'same' | 'not enough evidence';

/** What is compared: per pair after minus before, in points. */
export interface Pairs {
  differences: readonly number[];
  /** Runs on the side that has fewer. */
  runs: number;
  /** All scores are 0 or 100. */
  isPassFail: boolean;
}

/** How sure a finding must be, and what is too little to matter. */
export interface Rule {
  /** How often one may be wrong who finds a change where there is none. */
  alpha: number;
  /** In points: a difference within ± this is none. */
  margin: number;
}

/** The rule unless somebody says otherwise. */
export const usualRule: Rule = { alpha: 0.01, margin: 5 };

/** What pairs say together. Points are of 100. */
export interface Finding {
  verdict: Verdict;
  /** Mean of after minus before, in points; null: there are no pairs. */
  difference: number | null;
  /** Within ± 100 points. */
  interval: [low: number, high: number];
  p: number;
  pairs: number;
  /** How many runs more on each side would say something; 0: it is said. */
  moreRuns: number;
  /** More may be needed: too few are there to know how much they vary. */
  isAtLeast: boolean;
}

/** Of a hundred changes as large as the one that shows, so many are found with as many runs as are asked for. */
const z80 = 0.8416212335729143;

/** Says what pairs show. `p`: corrected where many such questions are asked at once; left out: that of the pairs alone. */
export function judgePairs(pairs: Pairs, rule: Rule, flips = flipSigns(pairs.differences, rule.alpha)): Finding {
  const { differences } = pairs;
  const difference = differences.length === 0 ? null : meanOf(differences);
  const interval: Finding['interval'] = [Math.max(-100, flips.interval[0]), Math.min(100, flips.interval[1])];
  const verdict = verdictOf(pairs, rule, { ...flips, interval });
  const needed = verdict === 'not enough evidence' ? pairsNeeded(pairs, rule) : differences.length;
  // A pair of cases stands for as many runs as each case has.
  const runsEach = differences.length === 0 ? 1 : pairs.runs / differences.length;
  const moreRuns =
    verdict === 'not enough evidence' ? Math.max(1, Math.ceil((needed - differences.length) * runsEach)) : 0;
  const isAtLeast = moreRuns > 0 && differences.length < fewestPairs(rule.alpha);
  return { verdict, difference, interval, p: flips.p, pairs: differences.length, moreRuns, isAtLeast };
}

function verdictOf({ differences, runs, isPassFail }: Pairs, { alpha, margin }: Rule, flips: SignFlips): Verdict {
  const [low, high] = flips.interval;
  const isEnough = differences.length >= fewestPairs(alpha);
  if (isEnough && low >= -margin && high <= margin && !(isPassFail && runs < runsForRare(margin))) return 'same';
  if (flips.p >= alpha) return 'not enough evidence';
  return meanOf(differences) < 0 ? 'worse' : 'better';
}

/** So few pairs can say something at all: with fewer, even when all point one way, chance does that more often than `alpha`. */
export function fewestPairs(alpha: number): number {
  return Math.floor(Math.log2(2 / alpha)) + 1;
}

/** So many runs must all come out alike until those that do not are fewer than `margin` of 100, by Wilson's interval. */
function runsForRare(margin: number): number {
  return Math.ceil((z99 * z99 * (100 - margin)) / margin);
}

function pairsNeeded({ differences, isPassFail, runs }: Pairs, { alpha, margin }: Rule): number {
  const fewest = fewestPairs(alpha);
  if (differences.length === 0) return fewest;
  const mean = Math.abs(meanOf(differences));
  const rare = isPassFail ? (runsForRare(margin) * differences.length) / runs : 0;
  // How much they vary is not to be seen of one; what it takes to exclude a rare failure is known before.
  if (differences.length === 1) return mean === 0 ? Math.max(fewest, Math.ceil(rare)) : fewest;
  const spread = spreadOf(differences);
  const toShow = mean === 0 ? Infinity : (((z99 + z80) * spread) / mean) ** 2;
  const toExclude = mean >= margin ? Infinity : Math.max(rare, ((z99 * spread) / (margin - mean)) ** 2);
  return Math.max(fewest, Math.ceil(Math.min(toShow, toExclude)));
}

/** The mean of at least one value. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
