import type { Observation } from './observation.ts';
import { groupBy, hasPassed } from './observation.ts';

/** How often something passed, and in which range the true share lies. Shares are 0 to 1. */
export interface PassRate {
  /** Steps, in all runs together. */
  steps: number;
  passed: number;
  share: number;
  /** Wilson's interval at 99 %. */
  interval: [low: number, high: number];
  /** pass^k: how likely a step passes in all of k runs of the same case, averaged over cases and steps; k is the fewest runs that any has. */
  allOf: { k: number; share: number };
}

/** The standard normal's quantile of 0.995: two-sided at 0.01. */
export const z99 = 2.5758293035489004;

/**
 * Wilson's score interval of a share. Of nothing it is everything.
 *
 * @internal
 */
export function wilson(passed: number, runs: number, z = z99): [low: number, high: number] {
  if (runs === 0) return [0, 1];
  const share = passed / runs;
  const weight = 1 + (z * z) / runs;
  const middle = share + (z * z) / (2 * runs);
  const spread = z * Math.sqrt((share * (1 - share)) / runs + (z * z) / (4 * runs * runs));
  // Rounding may not move the ends of an interval that begins or ends with certainty.
  return [passed === 0 ? 0 : (middle - spread) / weight, passed === runs ? 1 : (middle + spread) / weight];
}

/**
 * The unbiased estimate that `k` runs of a case all pass, of which `passed` of `runs` did: C(passed, k) / C(runs, k).
 *
 * @internal
 */
export function passPower(passed: number, runs: number, k: number): number {
  let share = 1;
  for (let at = 0; at < k; at++) share *= Math.max(0, passed - at) / (runs - at);
  return share;
}

/** What is known of how often these passed. */
export function passRateOf(observations: readonly Observation[]): PassRate {
  const cells = [...groupBy(observations, (each) => JSON.stringify([each.case, each.step])).values()].map((runs) => {
    return { runs: runs.length, passed: runs.filter(hasPassed).length };
  });
  const steps = observations.length;
  const passed = observations.filter(hasPassed).length;
  const k = cells.reduce((least, each) => Math.min(least, each.runs), steps);
  const powers = cells.map((each) => passPower(each.passed, each.runs, k));
  const share = powers.length === 0 ? 0 : powers.reduce((sum, power) => sum + power, 0) / powers.length;
  return {
    steps,
    passed,
    share: steps === 0 ? 0 : passed / steps,
    interval: wilson(passed, steps),
    allOf: { k, share },
  };
}
