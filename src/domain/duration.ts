const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a duration looks like: a number and one unit, as in `500ms`, `30s`, `10m`, `2h`, `1d`. */
export const durationPattern = /^\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d)$/;

/** 30 days, in ms. */
export const longestDurationMs = 30 * 24 * 3_600_000;

/** Longest time that a timer takes, in ms (24.8 days): a longer one is over at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** A duration such as `10m` in whole ms; null when it is none, is zero, or is longer than 30 days. */
export function toMilliseconds(duration: string): number | null {
  if (!durationPattern.test(duration)) return null;
  const unit = duration.replace(/^[\d.]+/, '') as keyof typeof units;
  const milliseconds = Math.round(Number.parseFloat(duration) * units[unit]);
  return milliseconds >= 1 && milliseconds <= longestDurationMs ? milliseconds : null;
}
