import type { Wait, WaitList } from '../../domain/run/waits.ts';
import { reduceWaits, waitEvents } from '../../domain/run/waits.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Sql } from '../database/sql.ts';

/** Something that waits in a run that has not ended. */
export interface WaitingRow extends Wait {
  runKey: string;
  runId: string;
  workflow: string;
}

interface RawEvent {
  run_key: string;
  run_id: string;
  workflow: string;
  seq: number;
  at: Date;
  data: RunEvent;
}

/** What waits, over all runs that have not ended, oldest first. */
export async function listWaiting(sql: Sql, limit: number): Promise<WaitingRow[]> {
  const { rows } = await sql.query<RawEvent>(
    `with open as (
       select r.no, r.run_key, r.run_id, r.workflow, min(e.seq) as first from runs r join events e on e.run_no = r.no
       where r.ended_at is null and e.data ->> 'type' = any($1) group by r.no)
     select o.run_key, o.run_id, o.workflow, e.seq, e.at, e.data from open o join events e on e.run_no = o.no and e.seq >= o.first
     where e.data ->> 'type' = any($2) order by o.no, e.seq`,
    [waitEvents.beginning, waitEvents.all],
  );
  const lists = new Map<string, { run: Pick<WaitingRow, 'runKey' | 'runId' | 'workflow'>; list: WaitList }>();
  for (const { run_key: runKey, run_id: runId, workflow, seq, at, data } of rows) {
    const before = lists.get(runKey) ?? { run: { runKey, runId, workflow }, list: new Map() };
    const event: RunEvent = { ...data, seq, at: at.toISOString() };
    lists.set(runKey, { ...before, list: reduceWaits(before.list, event) });
  }
  return [...lists.values()]
    .flatMap(({ run, list }) => [...list.values()].map((one) => ({ ...run, ...one })))
    .toSorted((a, b) => a.since.localeCompare(b.since))
    .slice(0, limit);
}
