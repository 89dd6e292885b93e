/*
 * L1 A page asks little, however many runs there are: one look at Temporal's queue, one at the store, and of what is seen there about each run
 *    that has not ended, at most `mostAsked` of them; where nothing fits, it looks further a few times. So a page may end early, and says where.
 * L2 What a page lists as queued and begins before the next one is read began after the first one: it does not come again.
 */
import { UsageError } from '../../domain/errors.ts';
import { runStatuses, type RunStatus } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { ListedRun, RunPosition } from '../../store/run/run-pages.ts';
import type { Session } from '../connection/session.ts';
import type { RunEntry, RunFilter, RunPage, RunPageFilter } from '../runs.ts';
import { cutOffStatuses } from '../errors.ts';
import { mostAsked } from '../follow/cut-off-runs.ts';
import { listQueued, type QueuedRun } from '../follow/queued-runs.ts';
import { readCursor, toCursorText, type RunCursor } from './run-cursor.ts';
import { standingsOf, toEntries, type StandingRow } from './run-entries.ts';

/** What an entry's `status` can be. */
export const entryStatuses: readonly string[] = [...new Set([...runStatuses, 'parked', ...cutOffStatuses])];

/** How many runs of the store a list looks at for a status that it does not know alone. */
const mostLooked = 1000;
const defaultLimit = 50;
const largestPage = 200;
/** How often a page looks further where nothing was what is wanted. */
const mostLooks = 3;

type Wanted = Pick<RunFilter, 'status' | 'workflow'>;

/** Runs, newest first, before them those that are to start later; of those that have not ended Temporal is asked whether it cut them off. */
export async function listRuns(session: Session, filter: RunFilter = {}): Promise<RunEntry[]> {
  const { limit = defaultLimit } = filter;
  checkStatus(filter.status);
  const later = await queuedFor(session, filter);
  if (filter.status === 'queued' || later.length >= limit) return later.slice(0, limit);
  const most = statusOf(filter).isOpen ? Math.max(limit, mostLooked) : limit;
  const rows = await session.store.runs.page({ ...inStore(filter), limit: most });
  const listed = (await standingsOf(session, rows)).filter(({ status }) => isWanted(filter, status));
  return [...later, ...(await toEntries(session, listed.slice(0, limit)))].slice(0, limit);
}

/** A page of the same. @throws UsageError for a cursor or a limit that is none */
export async function pageRuns(session: Session, filter: RunPageFilter = {}): Promise<RunPage> {
  const { limit = defaultLimit } = filter;
  checkStatus(filter.status);
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw new UsageError(`\`limit\` is ${String(limit)}: a page has 1 to ${largestPage} runs.`);
  const cursor = filter.cursor === undefined ? null : readCursor(filter.cursor);
  if (cursor?.kind === 'begun') return begunPage(session, filter, { limit, after: cursor });
  const { positionNow } = await import('../../store/run/run-pages.ts');
  const since = cursor?.since ?? (await positionNow(session.store.sql)).at;
  const later = (await queuedFor(session, filter)).filter((run) => cursor === null || isBehind(run, cursor));
  const queued = later.slice(0, limit);
  const last = queued.at(-1);
  if (last && (later.length > limit || (queued.length === limit && filter.status !== 'queued'))) {
    const { startsAt, runId } = last;
    return { runs: queued, next: toCursorText({ kind: 'queued', startsAt, runId, since }) };
  }
  if (filter.status === 'queued') return { runs: queued, next: null };
  // L2
  const after = cursor || last ? { at: since, runKey: null } : undefined;
  const { runs, next } = await begunPage(session, filter, { limit: limit - queued.length, after });
  return { runs: [...queued, ...runs], next };
}

/** A page of runs that a worker has begun. */
async function begunPage(
  session: Session,
  wanted: Wanted,
  { limit, after }: { limit: number; after: RunPosition | undefined },
): Promise<RunPage> {
  let looked = await lookAt(session, wanted, { limit, after });
  for (let looks = 1; looks < mostLooks && looked.listed.length === 0 && looked.end; looks++)
    looked = await lookAt(session, wanted, { limit, after: looked.end });
  const { listed, end } = looked;
  const next = end && toCursorText({ kind: 'begun', at: end.at, runKey: end.runKey! });
  return { runs: await toEntries(session, listed), next };
}

/** One look at the store. `end`: behind which there is more; null: nothing is. */
async function lookAt(
  session: Session,
  wanted: Wanted,
  { limit, after }: { limit: number; after: RunPosition | undefined },
): Promise<{ listed: StandingRow[]; end: RunPosition | null }> {
  const most = statusOf(wanted).isOpen ? mostAsked : limit;
  const found = await session.store.runs.page({ ...inStore(wanted), limit: most + 1, ...(after && { after }) });
  const looked = withinAsked(found.slice(0, most));
  const fitting = (await standingsOf(session, looked)).filter(({ status }) => isWanted(wanted, status));
  const listed = fitting.slice(0, limit);
  if (fitting.length > limit) return { listed, end: listed.at(-1)!.row.position };
  return { listed, end: looked.length < found.length ? looked.at(-1)!.position : null };
}

// L1
function withinAsked(rows: readonly ListedRun[]): readonly ListedRun[] {
  let open = 0;
  const end = rows.findIndex(({ status }) => !hasEnded(status) && ++open > mostAsked);
  return end === -1 ? rows : rows.slice(0, end);
}

async function queuedFor(session: Session, { status, workflow }: Wanted): Promise<QueuedRun[]> {
  if (status !== undefined && status !== 'queued') return [];
  return (await listQueued(session)).filter((run) => workflow === undefined || run.workflow === workflow);
}

function isBehind(run: QueuedRun, { startsAt, runId }: Extract<RunCursor, { kind: 'queued' }>): boolean {
  return run.startsAt > startsAt || (run.startsAt === startsAt && run.runId > runId);
}

/** Which status the store may have of runs whose entry has this one: it hears neither of a worker that is gone nor of Temporal's own word. */
function statusOf({ status: wanted }: Wanted): { stored: RunStatus[] | undefined; isOpen: boolean } {
  if (wanted === undefined) return { stored: undefined, isOpen: false };
  const known = runStatuses.filter((status) => status === wanted);
  const isOfOthers = wanted === 'parked' || cutOffStatuses.includes(wanted);
  const stored = isOfOthers ? [...known, ...runStatuses.filter((status) => !hasEnded(status))] : known;
  return { stored, isOpen: stored.some((status) => !hasEnded(status)) };
}

function inStore(wanted: Wanted) {
  const { stored } = statusOf(wanted);
  return {
    ...(stored && { statuses: stored }),
    ...(stored && stored.every((status) => !hasEnded(status)) && { hasEnded: false }),
    ...(wanted.workflow !== undefined && { workflow: wanted.workflow }),
  };
}

function isWanted({ status: wanted }: Wanted, status: string): boolean {
  return wanted === undefined || status === wanted;
}

/** @throws UsageError when there is no such status */
function checkStatus(status: string | undefined): void {
  if (status === undefined || entryStatuses.includes(status)) return;
  throw new UsageError(`there is no status "${status}" of a run: ${entryStatuses.join(', ')}.`);
}
