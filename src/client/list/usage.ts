import { UsageError } from '../../domain/errors.ts';
import type { UsageByWhat, UsagePeriod } from '../../store/service/usage.ts';
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
  const last = until ?? dayOf(new Date(), timeZone);
  const first = since ?? dayOf(new Date(Date.parse(last) - 29 * dayMs), 'UTC');
  for (const day of [first, last])
    if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day)))
      throw new UsageError(`"${day}" is no day: give one as 2026-11-30.`);
  const days = (Date.parse(last) - Date.parse(first)) / dayMs + 1;
  if (days < 1 || days > mostDays)
    throw new UsageError(`from ${first} to ${last} is no period: give one of 1 to ${mostDays} days.`);
  const period: UsagePeriod = {
    ...{ since: `${first} 00:00 ${timeZone}`, until: `${nextDay(last)} 00:00 ${timeZone}`, timeZone },
  };
  return { ...{ since: first, until: last, timeZone }, ...(await store.usage.read(tenant, period)) };
}

function dayOf(at: Date, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
  } catch (cause) {
    throw new UsageError(`there is no time zone "${timeZone}": give one as Europe/Berlin.`, { cause });
  }
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10);
}
