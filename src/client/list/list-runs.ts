/*
 * L1 A page asks little, however many runs there are: one look at Temporal's queue, one at the store, and of what is seen there about each run
 *    that has not ended, at most `mostAsked` of them; where nothing fits, it looks further a few times. So a page may end early, and says where.
 * L2 What a page lists as queued and begins before the next one is read began after the first one: it does not come again.
 */
import { UsageError } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { ListedRun, RunPosition } from '../../store/run/run-pages.ts';
import type { Session } from '../connection/session.ts';
import type { RunEntry, RunFilter, RunPage, RunPageFilter } from '../runs.ts';
import { mostAsked } from '../follow/cut-off-runs.ts';
import { listQueued, type QueuedRun } from '../follow/queued-runs.ts';
import { readCursor, toCursorText, type RunCursor } from './run-cursor.ts';
import { standingsOf, toEntries, type StandingRow } from './run-entries.ts';
import { wantedOf, type Wanted } from './wanted-runs.ts';

/** How many runs of the store a list looks at for a status that it does not know alone. */
const mostLooked = 1000;
const defaultLimit = 50;
const largestPage = 200;
/** How often a page looks further where nothing was what is wanted. */
const mostLooks = 3;

/** Runs, newest first, before them those that are to start later; of those that have not ended Temporal is asked whether it cut them off. */
export async function listRuns(session: Session, filter: RunFilter = {}): Promise<RunEntry[]> {
  const { limit = defaultLimit } = filter;
  const wanted = await wantedOf(session, filter);
  const later = await queuedFor(session, wanted);
  if (filter.status === 'queued' || later.length >= limit) return later.slice(0, limit);
  const most = wanted.isLoose ? Math.max(limit, mostLooked) : limit;
  const rows = await session.store.runs.page({ ...wanted.where, limit: most });
  const listed = fitting(wanted, await standingsOf(session, rows));
  return [...later, ...(await toEntries(session, listed.slice(0, limit)))].slice(0, limit);
}

/** A page of the same. @throws UsageError for a cursor or a limit that is none */
export async function pageRuns(session: Session, filter: RunPageFilter = {}): Promise<RunPage> {
  const { limit = defaultLimit } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw new UsageError(`\`limit\` is ${String(limit)}: a page has 1 to ${largestPage} runs.`);
  const cursor = filter.cursor === undefined ? null : readCursor(filter.cursor);
  const wanted = await wantedOf(session, filter);
  if (cursor?.kind === 'begun') return begunPage(session, wanted, { limit, after: cursor });
  const { positionNow } = await import('../../store/run/run-pages.ts');
  const since = cursor?.since ?? (await positionNow(session.store.sql)).at;
  const later = (await queuedFor(session, wanted)).filter((run) => cursor === null || isBehind(run, cursor));
  const queued = later.slice(0, limit);
  const last = queued.at(-1);
  if (last && (later.length > limit || (queued.length === limit && filter.status !== 'queued'))) {
    const { startsAt, runId } = last;
    return { runs: queued, next: toCursorText({ kind: 'queued', startsAt, runId, since }) };
  }
  if (filter.status === 'queued') return { runs: queued, next: null };
  // L2
  const after = cursor || last ? { at: since, runKey: null } : undefined;
  const { runs, next } = await begunPage(session, wanted, { limit: limit - queued.length, after });
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
  const most = wanted.isLoose ? Math.max(limit, mostAsked) : limit;
  const found = await session.store.runs.page({ ...wanted.where, limit: most + 1, ...(after && { after }) });
  const looked = withinAsked(found.slice(0, most));
  const fit = fitting(wanted, await standingsOf(session, looked));
  const listed = fit.slice(0, limit);
  if (fit.length > limit) return { listed, end: listed.at(-1)!.row.position };
  return { listed, end: looked.length < found.length ? looked.at(-1)!.position : null };
}

function fitting(wanted: Wanted, rows: readonly StandingRow[]): StandingRow[] {
  return rows.filter(({ row, status }) => wanted.fits({ status, runKey: row.runKey }));
}

// L1
function withinAsked(rows: readonly ListedRun[]): readonly ListedRun[] {
  let open = 0;
  const end = rows.findIndex(({ status }) => !hasEnded(status) && ++open > mostAsked);
  return end === -1 ? rows : rows.slice(0, end);
}

async function queuedFor(session: Session, wanted: Wanted): Promise<QueuedRun[]> {
  return wanted.hasQueued ? (await listQueued(session)).filter(wanted.fitsQueued) : [];
}

function isBehind(run: QueuedRun, { startsAt, runId }: Extract<RunCursor, { kind: 'queued' }>): boolean {
  return run.startsAt > startsAt || (run.startsAt === startsAt && run.runId > runId);
}
