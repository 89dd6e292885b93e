import { checkStartTime, isDay } from '../../client/start/start-time.ts';
import { UsageError } from '../../domain/errors.ts';
import { isRunPriority, runPriorities, type RunPriority } from '../../domain/run-priority.ts';

/** When a run starts, and before whom, as commander hands it over. */
export interface TurnOptions {
  priority?: string;
  at?: string;
  in?: string;
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What `--priority` says; undefined: nothing. @throws UsageError */
export function readPriority(word: string | undefined): RunPriority | undefined {
  const meant = word?.toLowerCase();
  if (meant === undefined || isRunPriority(meant)) return meant;
  throw new UsageError(`--priority "${word}" is none: ${runPriorities.join(', ')}.`);
}

/**
 * What `--at` and `--in` say: `18:00` (the next time that this machine's clock shows it), a date and time of this machine's zone, one
 * with a zone of its own; `30s`, `15m`, `2h`, `1d`.
 *
 * @returns undefined: now. @throws UsageError when it is no time, has passed, or both are given
 */
export function readStartTime({ at, in: after }: TurnOptions, now = new Date()): Date | undefined {
  if (at !== undefined && after !== undefined) throw new UsageError('give one of --at and --in.');
  if (at !== undefined) return checkStartTime(toTime(at.trim(), now), now.getTime());
  if (after === undefined) return undefined;
  const ms = toMs(after);
  if (ms === null) throw new UsageError(`--in "${after}" is no time: give 90s, 15m, 2h or 1d.`);
  return checkStartTime(new Date(now.getTime() + ms), now.getTime());
}

/** `90s`, `15m`, `2h`, `1d` in ms; null: it is no such time. */
export function toMs(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text.trim()) ?? [];
  return count === undefined ? null : Number(count) * unitMs[unit as keyof typeof unitMs];
}

function toTime(text: string, now: Date): Date {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hours !== undefined && Number(hours) < 24 && Number(minutes) < 60) {
    const next = new Date(now);
    next.setHours(Number(hours), Number(minutes), 0, 0);
    if (next <= now) next.setDate(next.getDate() + 1);
    return next;
  }
  const isDate = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?$/.test(text);
  const time = new Date(text.replace(' ', 'T'));
  if (isDate && isDay(text) && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(
    `--at "${text}" is no time: give 18:00, 2027-01-31T18:00, or one with a zone such as 2027-01-31T18:00Z.`,
  );
}
