const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** What an age looks like, for messages. */
export const ageExample = '30d (m, h, d or w)';

/** An age such as `30d` or `12h` in ms; null when it is none. There is no longest one, and `0d` is everything. */
export function parseAge(text: string): number | null {
  const [, count, unit] = /^(\d{1,5})(m|h|d|w)$/.exec(text.trim()) ?? [];
  return count === undefined ? null : Number(count) * units[unit as keyof typeof units];
}
