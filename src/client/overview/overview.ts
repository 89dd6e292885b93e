/*
 * OV1 Asked often, so it asks little: the store by a handful of bounded questions, Temporal once for what is open, and of single runs only those
 *     in which nothing happened for a while.
 * OV2 Where Temporal does not answer in time, what the store knows is told all the same, and `temporal` says so.
 */
import { UsageError } from '../../domain/errors.ts';
import { runStatuses, type RunStatus } from '../../domain/run/run-result.ts';
import type { OverviewStore } from '../../store/run/overview.ts';
import type { ListedRun } from '../../store/run/run-pages.ts';
import type { Session } from '../connection/session.ts';
import { cutOffStatuses } from '../errors.ts';
import { toEntries, type StandingRow } from '../list/run-entries.ts';
import { listWaiting } from '../list/list-waiting.ts';
import type { RunEntry, WaitingEntry } from '../runs.ts';
import { findStuck, type StuckRun } from './find-stuck.ts';
import { standingOpen } from './standing-open.ts';
import { openExecutions, within } from './open-executions.ts';
import { queuesOf, type QueueEntry } from './queues.ts';

/** What is asked for: money is counted from `today` on, ISO 8601 in UTC, at most 48 hours ago. */
export interface OverviewFilter {
  /** Default: since midnight, UTC. */
  today?: string;
}

/** A run that failed, and the first of its tasks that did. */
interface FailedEntry extends RunEntry {
  tasks: { id: string; error: string | null }[];
}

/** A run that goes on, and how far it is. */
interface RunningEntry extends RunEntry {
  tasks: { done: number; failed: number; total: number };
  /** Most money that it may cost. */
  limitUsd: number;
}

/** What is going on in one glance: what waits for whoever looks, what failed, what stands still and why, what is at work, what it costs. */
export interface Overview {
  /** Nobody ever started anything here. */
  isEmpty: boolean;
  /** Runs by status, as the store knows it. */
  counts: Record<string, number>;
  /** For a person, oldest first. */
  waiting: { entries: WaitingEntry[]; count: number };
  /** Cut off ones first, then what ended in the last 24 hours, newest first: failed, in part, or stopped. */
  failed: { runs: FailedEntry[]; count: number };
  /** Longest first. `isPartial`: not all that are open could be looked at. */
  stuck: { runs: StuckRun[]; isPartial: boolean };
  /** Newest first. */
  running: { runs: RunningEntry[]; count: number };
  /** In USD. `limitUsd`: limits of open runs together; `leftUsd`: what they may still spend by them; `reservedUsd`: held back for calls under way. */
  spend: { since: string; spentUsd: number; reservedUsd: number; limitUsd: number; leftUsd: number };
  temporal: 'answers' | 'silent';
  queues: QueueEntry[];
}

const mostOpen = 200;
const mostShown = 50;
const dayMs = 24 * 60 * 60_000;
const mostBackMs = 2 * dayMs;
const atWork: readonly RunStatus[] = ['running', 'compensating', 'pausing'];

/** @throws StoreError; UsageError for a `today` that is long ago */
export async function readOverview(session: Session, { today }: OverviewFilter = {}): Promise<Overview> {
  const { createOverviewStore } = await import('../../store/run/overview.ts');
  const store = createOverviewStore(session.store.sql, session.tenant);
  const since = today ?? `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`;
  if (Date.parse(since) < Date.now() - mostBackMs)
    throw new UsageError('`today` is more than 48 hours ago: `/api/usage` tells of longer periods.');
  const [open, executions, counted, waiting, failed, spend] = await Promise.all([
    openRuns(session),
    openExecutions(session),
    session.store.runs.count({}),
    listWaiting(session),
    store.failed({ since: new Date(Date.now() - dayMs).toISOString(), limit: mostShown }),
    store.spend(since),
  ]);
  const { looked, isAll } = open;
  const [standing, queues] = await Promise.all([
    standingOpen(session, looked, executions),
    within(queuesOf(session, looked), []),
  ]);
  const cutOff = standing.filter(({ status }) => cutOffStatuses.includes(status));
  const alive = standing.filter(({ status }) => !cutOffStatuses.includes(status));
  const facts = await store.facts(alive.map(({ row }) => row.runKey));
  const stuck = await findStuck(session, { alive, facts, executions, waiting, known: store.known });
  const isStuck = new Set(stuck.map(({ runId }) => runId));
  const moving = alive.filter(({ row, status }) => moves(status) && !isStuck.has(row.runId));
  const failedEntries = await failedOf(session, failed.rows, cutOff);
  return {
    isEmpty: counted.size === 0 && (executions?.size ?? 0) === 0,
    counts: Object.fromEntries(runStatuses.flatMap((status) => pairOf(counted, status))),
    waiting: { entries: waiting.slice(0, mostShown), count: waiting.length },
    failed: { runs: failedEntries.slice(0, mostShown), count: failed.count + cutOff.length },
    stuck: { runs: stuck.slice(0, mostShown), isPartial: !isAll || executions === null },
    running: { runs: await runningOf(session, store, moving.slice(0, mostShown), facts), count: countOf(open, moving) },
    spend: { since, ...spend },
    temporal: executions === null ? 'silent' : 'answers',
    queues,
  };
}

/** `atWork`: how many are, as the store knows it, where not all were looked at. */
interface OpenRuns {
  looked: ListedRun[];
  isAll: boolean;
  atWork: number;
}

/** Of those that were looked at it is known which of them move. */
function countOf({ looked, isAll, atWork: inStore }: OpenRuns, moving: readonly StandingRow[]): number {
  return isAll ? moving.length : inStore - looked.filter(({ status }) => moves(status)).length + moving.length;
}

/** Runs that are open, newest first: all, or where there are too many the newest, and the oldest, of which one may be stuck. */
async function openRuns({ store: { runs } }: Session): Promise<OpenRuns> {
  const whole = { hasEnded: false, isWhole: true } as const;
  const open = await runs.page({ ...whole, limit: mostOpen + 1 });
  if (open.length <= mostOpen) return { looked: open, isAll: true, atWork: 0 };
  const [oldest, counted] = await Promise.all([
    runs.page({ ...whole, limit: mostOpen / 2, isOldestFirst: true }),
    runs.count({ ...whole, statuses: atWork }),
  ]);
  const looked = [...open.slice(0, mostOpen / 2), ...oldest.toReversed()];
  return { looked, isAll: false, atWork: [...counted.values()].reduce((sum, each) => sum + each, 0) };
}

function pairOf(counted: ReadonlyMap<string, number>, status: string): [string, number][] {
  const runs = counted.get(status);
  return runs === undefined ? [] : [[status, runs]];
}

function moves(status: string): boolean {
  return (atWork as readonly string[]).includes(status);
}

async function failedOf(
  session: Session,
  failed: Awaited<ReturnType<OverviewStore['failed']>>['rows'],
  cutOff: readonly StandingRow[],
): Promise<FailedEntry[]> {
  const position = { at: '', runKey: null };
  const ended = failed.map(({ row }) => ({ row: { ...row, position } as ListedRun, status: row.status as string }));
  const entries = await toEntries(session, [...cutOff, ...ended]);
  const tasks = [...cutOff.map(() => []), ...failed.map((each) => each.tasks)];
  return entries.map((entry, index) => ({ ...entry, tasks: tasks[index]! }));
}

async function runningOf(
  session: Session,
  store: OverviewStore,
  moving: readonly StandingRow[],
  facts: Awaited<ReturnType<OverviewStore['facts']>>,
): Promise<RunningEntry[]> {
  const [entries, counts] = await Promise.all([
    toEntries(session, moving),
    store.counts(moving.map(({ row }) => row.runKey)),
  ]);
  return entries.map((entry, index) => {
    const { runKey } = moving[index]!.row;
    const tasks = counts.get(runKey) ?? { done: 0, failed: 0, total: 0 };
    return { ...entry, tasks, limitUsd: facts.get(runKey)?.limitUsd ?? 0 };
  });
}
