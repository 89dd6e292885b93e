import type { Wait, WaitList } from '../../domain/run/waits.ts';
import { reduceWaits, waitEvents } from '../../domain/run/waits.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import { emptyRunState, reduceRun, waitsOf } from '../../domain/run/run-state.ts';
import type { Sql } from '../database/sql.ts';

/** Something that waits in a run that has not ended. */
export interface WaitingRow extends Wait {
  runKey: string;
  runId: string;
  temporalRunId: string;
  workflow: string;
}

/** Whose waits: `tenant` null: anybody's; `runKey` left out: of all runs. */
interface WaitingFilter {
  tenant: string | null;
  limit: number;
  runKey: string | undefined;
}

type WaitingRun = Pick<WaitingRow, 'runKey' | 'runId' | 'temporalRunId' | 'workflow'>;

interface RawEvent {
  run_key: string;
  run_id: string;
  temporal_run_id: string;
  workflow: string;
  seq: number;
  at: Date;
  data: RunEvent;
  /** It tells of the run as a whole. */
  is_hold: boolean;
}

/** What waits, over all runs that have not ended, oldest first. A run that stands still as a whole waits itself where nothing of it waits for a person. */
export async function listWaiting(sql: Sql, filter: WaitingFilter): Promise<WaitingRow[]> {
  const rows = await readWaits(sql, filter);
  const tasks = waitsOfTasks(rows.filter(({ is_hold }) => !is_hold));
  const held = heldRuns(rows.filter(({ is_hold }) => is_hold));
  const named = new Set(tasks.flatMap(({ runKey, isForPerson }) => (isForPerson ? [runKey] : [])));
  return [...tasks, ...held.filter(({ runKey }) => !named.has(runKey))]
    .toSorted((a, b) => a.since.localeCompare(b.since))
    .slice(0, filter.limit);
}

// One statement, which sees one moment: between two, a run stands still as a whole whose task has said what it asks, or is answered already.
// What made a run stand still is the last of what it says about that.
async function readWaits(sql: Sql, filter: WaitingFilter): Promise<RawEvent[]> {
  const { text, values } = openRuns(filter);
  const run = 'o.no, o.run_key, o.run_id, o.temporal_run_id, o.workflow';
  const { rows } = await sql.query<RawEvent>(
    `with open as (${text}),
     begun as (select o.*, (select min(e.seq) from events e where e.run_no = o.no and ${beginsText}) as first from open o)
     select ${run}, e.seq, e.at, e.data, false as is_hold
     from begun o join events e on e.run_no = o.no and e.seq >= o.first
     where e.data ->> 'type' in (${quoted(waitEvents.all)})
     union all
     select ${run}, e.seq, e.at, e.data, true as is_hold
     from open o join lateral (
       select seq, at, data from events where run_no = o.no and data ->> 'type' in ('run:paused', 'run:waiting', 'run:resumed')
       order by seq desc limit 1) e on o.status in ('pausing', 'paused', 'waiting')
     order by no, seq`,
    values,
  );
  return rows;
}

function waitsOfTasks(rows: readonly RawEvent[]): WaitingRow[] {
  const lists = new Map<string, { run: WaitingRun; list: WaitList }>();
  for (const row of rows) {
    const run = runOf(row);
    const before = lists.get(run.runKey) ?? { run, list: new Map() };
    lists.set(run.runKey, { ...before, list: reduceWaits(before.list, eventOf(row)) });
  }
  return [...lists.values()].flatMap(({ run, list }) => [...list.values()].map((one) => ({ ...run, ...one })));
}

function heldRuns(rows: readonly RawEvent[]): WaitingRow[] {
  return rows.flatMap((row) =>
    waitsOf(reduceRun(emptyRunState, eventOf(row))).map((wait) => ({ ...runOf(row), ...wait })),
  );
}

/** Runs that have not ended. Conditions are left out, not made true: a prepared statement has one plan for all who ask. */
function openRuns({ tenant, runKey }: WaitingFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const wheres = ['ended_at is null'];
  if (tenant !== null) wheres.push(`tenant = $${values.push(tenant)}`);
  if (runKey !== undefined) wheres.push(`run_key = $${values.push(runKey)}`);
  const text = `select no, run_key, run_id, temporal_run_id, workflow, status from runs where ${wheres.join(' and ')}`;
  return { text, values };
}

function runOf({ run_key, run_id, temporal_run_id, workflow }: RawEvent): WaitingRun {
  return { runKey: run_key, runId: run_id, temporalRunId: temporal_run_id, workflow };
}

/** Whether a task waits for something that no agent of its run can do: a person, a limit, a provider. */
export async function waitsForOthers(sql: Sql, no: number, taskId: string): Promise<boolean> {
  const ofTask = `e.run_no = $1 and e.data ->> 'taskId' = $2`;
  const { rows } = await sql.query<Pick<RawEvent, 'seq' | 'at' | 'data'>>(
    `select e.seq, e.at, e.data from events e where ${ofTask} and e.data ->> 'type' in (${quoted(waitEvents.all)})
       and e.seq >= (select min(e.seq) from events e where ${ofTask} and ${beginsText})
     order by e.seq`,
    [no, taskId],
  );
  const list = rows.reduce((waits: WaitList, row) => reduceWaits(waits, eventOf(row)), new Map());
  return [...list.values()].some(({ cause }) => cause !== 'crew');
}

function eventOf({ data, seq, at }: Pick<RawEvent, 'seq' | 'at' | 'data'>): RunEvent {
  return { ...data, seq, at: at.toISOString() };
}

/** Words of our own, written out so that the index of just these events is found. */
export function quoted(types: readonly string[]): string {
  return types.map((type) => `'${type}'`).join(', ');
}

/** Whether the event `e` is one with which something begins to wait. */
export const beginsText = `e.data ->> 'type' in (${quoted(waitEvents.beginning)})`;
