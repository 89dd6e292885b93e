const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long after a failed attempt the next one comes, at most; behind the last one nothing more is tried. Less than 24 h in all. */
const pausesMs = [5 * second, minute, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 8 * hour, 8 * hour];

/**
 * When to try again after `attempts` that failed, in ms; null: no more.
 *
 * @param random from 0 to 1, so that what failed together does not come back together: at least four fifths of the pause
 */
export function nextAttemptMs(attempts: number, random: number): number | null {
  const pause = pausesMs[attempts - 1];
  return pause === undefined ? null : Math.round(pause * (0.8 + 0.2 * random));
}
