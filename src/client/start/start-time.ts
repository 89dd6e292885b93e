import { UsageError } from '../../domain/errors.ts';

/** Temporal keeps a run that long before it starts, in ms; whoever wants more wants a schedule. */
const longestMs = 366 * 24 * 60 * 60_000;

/**
 * When a run is to start, as a program says it.
 *
 * @param at ISO 8601 with its zone, or a Date
 * @returns undefined: now
 * @throws UsageError when it is no time, has passed, or is more than a year away
 */
export function toStartTime(at: Date | string | undefined, now = Date.now()): Date | undefined {
  if (at === undefined) return undefined;
  if (typeof at === 'string' && !/[T ]\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/.test(at.trim()))
    throw new UsageError(`\`at\` "${at}" is no time with its zone, such as 2027-01-31T18:00:00Z.`);
  const time = new Date(at);
  if (Number.isNaN(time.getTime()) || (typeof at === 'string' && !isDay(at)))
    throw new UsageError(`\`at\` "${String(at)}" is no time.`);
  return checkStartTime(time, now);
}

/** Whether the date that a text begins with is in the calendar: `Date` takes 30 February for 2 March. */
export function isDay(text: string): boolean {
  const [, year, month, day] = /^\s*(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
  return (
    day !== undefined && new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  );
}

/** @throws UsageError when it has passed, or is more than a year away */
export function checkStartTime(time: Date, now = Date.now()): Date {
  const leftMs = time.getTime() - now;
  if (leftMs < 0) throw new UsageError(`${time.toISOString()} has passed: leave the time out to start now.`);
  if (leftMs > longestMs) throw new UsageError(`${time.toISOString()} is more than a year away.`);
  return time;
}
