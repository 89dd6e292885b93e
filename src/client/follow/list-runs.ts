import { UsageError } from '../../domain/errors.ts';
import { runStatuses, type RunStatus } from '../../domain/run/run-result.ts';
import { uncountable } from '../../domain/run/model-of-agent.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { hasEnded, waitsOf } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import type { RunEntry, RunFilter, WaitingEntry } from '../runs.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { cutOffStatuses } from '../errors.ts';
import { findCutOffs } from './cut-off-runs.ts';
import { durationOf } from './duration-of.ts';
import { findRun } from './find-run.ts';
import { listQueued } from './queued-runs.ts';
import { replay } from './replay.ts';
import { statusText } from './standing.ts';

/** What an entry's `status` can be. */
export const entryStatuses: readonly string[] = [...new Set([...runStatuses, 'parked', ...cutOffStatuses])];

/** How many runs of the store are looked at for a status that it does not know alone. */
const mostLooked = 1000;
const defaultLimit = 50;

/** Runs, newest first, before them those that are to start later; of those that have not ended Temporal is asked whether it cut them off. */
export async function listRuns(session: Session, filter: RunFilter = {}): Promise<RunEntry[]> {
  const { status: wanted, workflow, limit = defaultLimit } = filter;
  checkStatus(wanted);
  const isAsked = wanted === undefined || wanted === 'queued';
  const later = isAsked
    ? (await listQueued(session)).filter((run) => workflow === undefined || run.workflow === workflow)
    : [];
  const begun = wanted === 'queued' ? [] : await listBegun(session, { ...filter, limit });
  return [...later, ...begun].slice(0, limit);
}

/** Runs that a worker has begun, newest first. */
async function listBegun(session: Session, filter: RunFilter & { limit: number }): Promise<RunEntry[]> {
  const { status: wanted, workflow, limit } = filter;
  const isWhole = wanted !== undefined && storedAs(wanted).some((status) => !hasEnded(status));
  const rows = await session.store.runs.list({
    ...(wanted !== undefined && { statuses: storedAs(wanted) }),
    ...(workflow !== undefined && { workflow }),
    limit: isWhole ? Math.max(limit, mostLooked) : limit,
  });
  const cutOffs = await findCutOffs(session, rows);
  const all = await Promise.all(
    rows.map(async (row) => ({ row, status: cutOffs.get(row.runKey) ?? (await statusText(session, row)) })),
  );
  const listed = all.filter(({ status }) => wanted === undefined || status === wanted).slice(0, limit);
  const isUncounted = await uncountedAmong(
    session,
    listed.map(({ row }) => row),
  );
  return listed.map(({ row, status }) => ({ ...toEntry(row, status), ...(isUncounted(row) && { isUncounted: true }) }));
}

/** Which status the store may have of runs whose entry has this one: it hears neither of a worker that is gone nor of Temporal's own word. */
function storedAs(wanted: string): RunStatus[] {
  const known = runStatuses.filter((status) => status === wanted);
  const isOfOthers = wanted === 'parked' || cutOffStatuses.includes(wanted);
  return isOfOthers ? [...known, ...runStatuses.filter((status) => !hasEnded(status))] : known;
}

async function uncountedAmong({ store }: Session, rows: readonly RunRow[]): Promise<(row: RunRow) => boolean> {
  const open = rows.filter(({ result }) => result === null).map(({ planHash }) => planHash);
  const models = await store.runs.modelsOfPlans([...new Set(open)]);
  return ({ result, planHash }) => {
    if (result) return (result.summary.uncountedCalls ?? 0) > 0;
    const plan = models.get(planHash);
    return plan !== undefined && uncountable(plan).length > 0;
  };
}

/** @throws UsageError when there is no such status */
function checkStatus(status: string | undefined): void {
  if (status === undefined || entryStatuses.includes(status)) return;
  throw new UsageError(`there is no status "${status}" of a run: ${entryStatuses.join(', ')}.`);
}

function toEntry(row: RunRow, status: string): RunEntry {
  const {
    runId,
    workflow,
    reason,
    board,
    workspace,
    startedAt,
    endedAt,
    spentUsd,
    totalTokens,
    lineage,
    parent,
    schedule,
  } = row;
  const from = lineage && { run: lineage.run, kind: lineage.kind };
  const times = { startedAt, endedAt, durationMs: durationOf(row, Date.now()) };
  return {
    runId,
    workflow,
    status,
    reason,
    board,
    workspace,
    ...times,
    ...{ costUsd: spentUsd, totalTokens, from },
    ...(parent && { parent }),
    ...(schedule !== undefined && { schedule }),
  };
}

const mostWaits = 1000;

/** What waits for a person, run by run. @throws RunNotFoundError */
export async function listWaiting(session: Session, id?: string): Promise<WaitingEntry[]> {
  const { store } = session;
  const only = id === undefined ? undefined : (await findRun(session, id)).runId;
  const found = new Map<string, Wait[]>();
  for (const { isForPerson, runId, runKey: _key, workflow: _name, ...one } of await store.runs.waiting(mostWaits)) {
    if (isForPerson) found.set(runId, [...(found.get(runId) ?? []), { ...one, isForPerson }]);
  }
  // A run that was paused as a whole has nothing of its own that waits.
  for (const status of ['pausing', 'paused', 'waiting'] as const) {
    for (const row of await store.runs.list({ statuses: [status], limit: mostWaits })) {
      if (!found.has(row.runId)) found.set(row.runId, waitsOf(await replay(store, row.runKey)));
    }
  }
  // Nobody can answer one that Temporal ended.
  const rows = (await Promise.all([...found.keys()].map((runId) => store.runs.find(runId)))).filter((row) => !!row);
  const closed = await findCutOffs(session, rows);
  for (const { runId, runKey } of rows) if (closed.has(runKey)) found.delete(runId);
  return [...found]
    .filter(([runId]) => only === undefined || runId === only)
    .flatMap(([runId, waits]) => waits.map((one) => ({ ...one, runId, command: answerCommand(runId, one, waits) })));
}
