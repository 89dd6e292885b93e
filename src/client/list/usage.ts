import { UsageError } from '../../domain/errors.ts';
import { isTimeZone } from '../../domain/time-zone.ts';
import type { UsageByWhat } from '../../store/service/usage.ts';
import type { Session } from '../connection/session.ts';

const dayMs = 86_400_000;
/** The longest period, in days: what is older is for an export. */
const mostDays = 366;

/** Which period: days as `2026-11-30`, both included. Left out: the last thirty until today. */
export interface UsageWishes {
  since?: string | undefined;
  until?: string | undefined;
  /** IANA name; default: UTC. */
  timeZone?: string | undefined;
}

/** What a period cost, by day, workflow, agent and model. Runs that were removed are not in it. Money is in USD. */
export interface UsageReport extends UsageByWhat {
  since: string;
  until: string;
  timeZone: string;
}

/** Adds up what the runs of a tenant cost. @throws UsageError for days or a time zone that are none, or a period of more than a year */
export async function readUsage(
  { store, tenant }: Pick<Session, 'store' | 'tenant'>,
  { since, until, timeZone = 'UTC' }: UsageWishes,
): Promise<UsageReport> {
  if (!isTimeZone(timeZone)) throw noTimeZone(timeZone);
  const last = checkDay(until ?? dayOf(new Date(), timeZone));
  const first = checkDay(since ?? dayOf(new Date(Date.parse(last) - 29 * dayMs), 'UTC'));
  const days = (Date.parse(last) - Date.parse(first)) / dayMs + 1;
  if (days < 1 || days > mostDays)
    throw new UsageError(`from ${first} to ${last} is no period: give one of 1 to ${mostDays} days.`);
  const used = await store.usage.read(tenant, { since: first, until: nextDay(last), timeZone });
  if (!used) throw noTimeZone(timeZone);
  return { ...{ since: first, until: last, timeZone }, ...used };
}

/** @throws UsageError for what is none, or lies outside of what a calendar here has */
function checkDay(day: string): string {
  const at = /^(?!0000|9999)\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day)
    throw new UsageError(`"${day}" is no day: give one as 2026-11-30.`);
  return day;
}

function noTimeZone(name: string): UsageError {
  return new UsageError(`there is no time zone "${name}": give one as Europe/Berlin.`);
}

function dayOf(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10);
}
