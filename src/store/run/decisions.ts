import { decisionEvents, decisionsOf, type ToldDecision } from '../../domain/analysis/decisions.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Sql } from '../database/sql.ts';
import { beginsText, listWaiting, quoted, type WaitingRow } from './waiting.ts';

/** What somebody decided, and in which run. */
export interface DecidedRow extends ToldDecision {
  runId: string;
  workflow: string;
}

/** Of one run by its key, or `since` (ISO 8601) of all runs; at most `limit`, the newest ones (`Infinity`: all). */
export type DecisionFilter = { limit: number } & ({ runKey: string } | { since: string });

/** Runs are looked through from the newest on, at most so many. */
const mostRuns = 5000;

/** What of a store people wait for, and decided. `tenant` null: anybody's. */
export function peopleStore(sql: Sql, tenant: string | null) {
  return {
    waiting: (limit = 1000, runKey?: string): Promise<WaitingRow[]> => listWaiting(sql, { tenant, limit, runKey }),
    decisions: (filter: DecisionFilter): Promise<DecidedRow[]> => listDecisions(sql, tenant, filter),
    everAsked: (runKey: string, named: string | null): Promise<boolean> => everAsked(sql, runKey, named),
  };
}

async function everAsked(sql: Sql, runKey: string, named: string | null): Promise<boolean> {
  const what =
    named === null
      ? `e.data ->> 'type' in ('run:paused', 'run:waiting')`
      : `${beginsText} and $2 in (e.data ->> 'approvalId', e.data ->> 'blockerId', e.data ->> 'taskId')`;
  const { rows } = await sql.query<{ asked: boolean }>(
    `select exists (select from runs r join events e on e.run_no = r.no where r.run_key = $1 and ${what}) as asked`,
    named === null ? [runKey] : [runKey, named],
  );
  return rows[0]!.asked;
}

/** What was decided, newest first. Only runs of which something waited once, or whose limits were changed, are looked into, which indexes tell. */
async function listDecisions(sql: Sql, tenant: string | null, filter: DecisionFilter): Promise<DecidedRow[]> {
  const { text, values } = asked(tenant, filter);
  const { rows } = await sql.query<{
    no: number;
    run_id: string;
    workflow: string;
    seq: number;
    at: Date;
    data: RunEvent;
  }>(
    `with chosen as (${text}),
     begun as (select c.*, least(
       (select min(e.seq) from events e where e.run_no = c.no and ${beginsText}),
       (select min(e.seq) from events e where e.run_no = c.no and e.data ->> 'type' = 'run:limits')) as first from chosen c)
     select b.no, b.run_id, b.workflow, e.seq, e.at, e.data
     from begun b join events e on e.run_no = b.no and e.seq >= b.first
     where e.data ->> 'type' in (${quoted([...decisionEvents.asking, ...decisionEvents.deciding])}) order by b.no, e.seq`,
    values,
  );
  // Tenants may have runs of the same id.
  const runs = new Map<number, { runId: string; workflow: string; events: RunEvent[] }>();
  for (const { no, run_id: runId, workflow, seq, at, data } of rows) {
    const run = runs.get(no) ?? { runId, workflow, events: [] };
    run.events.push({ ...data, seq, at: at.toISOString() });
    runs.set(no, run);
  }
  const since = 'since' in filter ? filter.since : '';
  return [...runs.values()]
    .flatMap(({ runId, workflow, events }) => decisionsOf(events).map((one) => ({ ...one, runId, workflow })))
    .filter(({ at }) => at >= since)
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .slice(0, filter.limit);
}

function asked(tenant: string | null, filter: DecisionFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const wheres = 'since' in filter ? [`(ended_at is null or ended_at >= $${values.push(filter.since)})`] : [];
  if ('runKey' in filter) wheres.push(`run_key = $${values.push(filter.runKey)}`);
  if (tenant !== null) wheres.push(`tenant = $${values.push(tenant)}`);
  const text = `select no, run_id, workflow from runs where ${wheres.join(' and ')} order by no desc limit ${mostRuns}`;
  return { text, values };
}
