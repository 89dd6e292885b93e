const dayMs = 86_400_000;
const secondsOfUnit: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * The provider's word on when to come back, in ms: `retry-after-ms`, or `retry-after` in seconds (at most 31 days; `3,600`, `3600s` and `10 minutes` are read, too),
 * as an HTTP date or in seconds or ms since 1970 (at most ten years).
 */
export function retryAfterOf(headers: { get(name: string): string | null } | undefined, now: number): number | null {
  const milliseconds = toNumber(headers?.get('retry-after-ms'));
  if (milliseconds !== null) return atMost(31 * dayMs, milliseconds);
  const header = headers?.get('retry-after')?.trim() ?? '';
  const seconds = toNumber(header) ?? toSeconds(header);
  // So many seconds are a time of day, as other headers tell it.
  if (seconds !== null && seconds < 1e9) return atMost(31 * dayMs, Math.round(seconds * 1000));
  const date = seconds === null ? Date.parse(header) : seconds * (seconds < 1e12 ? 1000 : 1);
  return Number.isNaN(date) ? null : atMost(3650 * dayMs, date - now);
}

// What is longer is no wait that anybody means, and no time that clocks can tell.
function atMost(most: number, ms: number): number {
  return Math.min(Math.max(0, ms), most);
}

function toSeconds(text: string): number | null {
  const words =
    /^(?<amount>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)\s*\(?(?<unit>ms|s|m|h|d)?(?:(?<=s)ec|(?<=m)in|(?<=h)our|(?<=d)ay|(?<=s)econd|(?<=m)inute)?s?\)?$/i;
  const { amount, unit } = words.exec(text)?.groups ?? {};
  return amount === undefined ? null : Number(amount.replaceAll(',', '')) * secondsOfUnit[unit?.toLowerCase() ?? 's']!;
}

function toNumber(text: string | null | undefined): number | null {
  const number = text?.trim() ? Number(text) : NaN;
  return Number.isFinite(number) ? number : null;
}
