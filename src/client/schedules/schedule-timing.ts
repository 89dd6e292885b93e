import { UsageError } from '../../domain/errors.ts';
import { isTimeZone } from '../../domain/time-zone.ts';
import { formatLimit } from '../../domain/format.ts';
import type { Overlap, ScheduleTiming } from './schedules.ts';

/** Temporal's words. */
export const overlaps: Readonly<Record<Overlap, 'SKIP' | 'BUFFER_ONE' | 'BUFFER_ALL' | 'ALLOW_ALL' | 'CANCEL_OTHER'>> =
  {
    skip: 'SKIP',
    'buffer-one': 'BUFFER_ONE',
    'buffer-all': 'BUFFER_ALL',
    allow: 'ALLOW_ALL',
    'cancel-other': 'CANCEL_OTHER',
  };

const dayMs = 24 * 60 * 60_000;
const leastCatchUpMs = 10_000;
const yearMs = 366 * dayMs;
const shorthands = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

/** The same with all that is not said. @throws UsageError naming what cannot be meant */
export function checkTiming(timing: ScheduleTiming): Required<ScheduleTiming> {
  const { cron, overlap = 'skip', catchUpMs = dayMs, jitterMs = 0, paused = false } = timing;
  const timeZone = timing.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isCron(cron))
    throw new UsageError(
      `cron "${String(cron)}" is none: give five fields (minute hour day month weekday), such as "0 * * * *" for every hour, or @hourly, @daily, @every 90m.`,
    );
  if (!isTimeZone(timeZone))
    throw new UsageError(`time zone "${String(timeZone)}" is none: give an IANA name, such as Europe/Berlin or UTC.`);
  if (!Object.hasOwn(overlaps, overlap))
    throw new UsageError(`overlap "${String(overlap)}" is none: ${Object.keys(overlaps).join(', ')}.`);
  checkMs('catch-up', catchUpMs, [leastCatchUpMs, yearMs]);
  checkMs('jitter', jitterMs, [0, yearMs]);
  return { cron: cron.trim(), timeZone, overlap, catchUpMs, jitterMs, paused };
}

function checkMs(name: string, ms: number, [least, most]: readonly [number, number]): void {
  if (Number.isFinite(ms) && ms >= least && ms <= most) return;
  const said = Number.isFinite(ms) ? formatLimit(ms) : String(ms);
  throw new UsageError(`${name} ${said} is none: from ${formatLimit(least)} to ${formatLimit(most)}.`);
}

// Which numbers a field may have, the server checks, too; a zone or a comment in it would be a second word on what stands beside it.
function isCron(cron: unknown): cron is string {
  if (typeof cron !== 'string') return false;
  const text = cron.trim();
  if (shorthands.includes(text) || /^@every \d{1,6}[smhd]$/.test(text)) return true;
  const fields = text.split(/\s+/);
  return fields.length === 5 && fields.every((field) => /^[\d*/,\-A-Za-z?]+$/.test(field));
}
