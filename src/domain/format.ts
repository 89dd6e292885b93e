/** `0.4 s`, `12 s`, `3:05`, `1:02:03`: short enough for a table cell. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Time since a start in whole seconds, so that a live line changes once a second: `4 s`, `3:05`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 10 ? `${seconds} s` : formatDuration(seconds * 1000);
}

/** A limit in words: `7 d`, `2 h`, `90 min`, `45 s`. */
export function formatLimit(ms: number): string {
  if (ms % 86_400_000 === 0 && ms > 2 * 86_400_000) return `${ms / 86_400_000} d`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${Math.round(ms / 100) / 10} s`;
}

/** `940`, `12.3k`, `4.5M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_950) return `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `$0`, `$0.0042`, `$1.25`: four places while it is small, so that cheap calls do not look free. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd < 0.00005) return '<$0.0001';
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** A cost as {@link formatUsd} has it, and that there is more where nobody knows what calls cost: `$0.12 + ?`, or `?`. */
export function formatCost(usd: number, uncountedCalls = 0): string {
  if (uncountedCalls === 0) return formatUsd(usd);
  return usd === 0 ? '?' : `${formatUsd(usd)} + ?`;
}

/** The same for tables of Temporal's Web UI, where costs have four places each. */
export function tableCost({ costUsd, isUncounted }: { costUsd: number; isUncounted?: true }): string {
  return `$${costUsd.toFixed(4)}${isUncounted ? ' + ?' : ''}`;
}

/** A limit of money without needless places: `$5`, `$0.50`. */
export function formatUsdLimit(usd: number): string {
  const cents = Math.round(usd * 100) / 100;
  if (cents !== usd) return formatUsd(usd);
  return Number.isInteger(usd) ? `$${usd}` : `$${usd.toFixed(2)}`;
}

/** Local time of day of an ISO 8601 time: `14:03:07`. */
export function formatClock(at: string): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** Local date and time of an ISO 8601 time, to the minute: `2026-11-21 14:03`. */
export function formatDate(at: string): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `1 task`, `2 tasks`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
