import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import { parseRequestId } from '../../domain/ids/request-id.ts';
import type { SpentLimit } from '../../domain/money/reached-limit.ts';
import type { ToldDecision } from '../../domain/analysis/decisions.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { TaskRow } from '../../store/task/task-rows.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import { findRun } from '../follow/find-run.ts';
import { listWaiting } from '../list/list-waiting.ts';
import type { WaitingEntry } from '../runs.ts';
import { readAsked } from './read-asked.ts';
import { shortLimits } from './short-limits.ts';
import { waitingCall } from './waiting-call.ts';
import type { WaitingDetail } from './waiting-detail.ts';

const mostEarlier = 20;
const mostText = 100_000;
const mostSaid = 4000;

/**
 * Something that waits, with all that a decision needs, or what came of it.
 *
 * @param named its id, or its task where it has none; `-`: the run as a whole, or the only one
 * @returns null: nothing waits or ever waited as that. @throws RunNotFoundError
 */
export async function readWaiting(session: Session, runId: string, named: string): Promise<WaitingDetail | null> {
  const row = await findRun(session, runId);
  const entries = hasEnded(row.status) ? [] : await listWaiting(session, runId);
  // Read behind it: what waits no more as somebody decided has that decision.
  const told = await session.store.runs.decisions({ runKey: row.runKey, limit: Infinity });
  const entry = chosen(entries, named);
  const decisions = told.map(({ runId: _run, workflow: _workflow, ...one }): ToldDecision => one);
  const decision = entry ? null : (decisions.find(({ id, taskId }) => id === named || taskId === named) ?? null);
  if (!entry && !decision && !(await session.store.runs.everAsked(row.runKey, named === '-' ? null : named)))
    return null;
  const about = { runId: row.runId, workflow: row.workflow, entry, decision };
  const earlier = decisions.filter((one) => one !== decision).slice(0, mostEarlier);
  if (!entry) return { ...about, ...nothing, earlier };
  return { ...about, ...(await detailOf(session, row, entry)), earlier };
}

const nothing = { asker: null, call: null, text: null, said: null, approval: null, limit: null };

function chosen(entries: readonly WaitingEntry[], named: string): WaitingEntry | null {
  if (named === '-')
    return entries.find(({ taskId }) => taskId === null) ?? (entries.length === 1 ? entries[0]! : null);
  return (
    entries.find(({ id }) => id === named) ?? entries.find(({ id, taskId }) => id === null && taskId === named) ?? null
  );
}

type Detail = Omit<WaitingDetail, 'runId' | 'workflow' | 'entry' | 'decision' | 'earlier'>;

async function detailOf(session: Session, row: RunRow, entry: WaitingEntry): Promise<Detail> {
  const { store } = session;
  const { runKey } = row;
  const asked = asksOnce(session, row);
  const [rows, whole, waiting, limits] = await Promise.all([
    entry.taskId === null ? [] : store.runs.tasks(runKey),
    entry.cause === 'approval' ? readAsked(store, { runKey, waiting: async () => (await asked()) ?? [] }, entry) : null,
    asked(),
    entry.cause === 'budget' ? store.runs.limits(runKey) : [],
  ]);
  const task = rows.find(({ id }) => id === entry.taskId);
  const now = waiting?.find(({ id, taskId }) => id === entry.id || (entry.id === null && taskId === entry.taskId));
  const isCall = typeof whole === 'object' && whole !== null;
  return {
    asker: task
      ? { task: task.task, agent: task.agent, context: task.context, attempt: attemptOf(entry) ?? task.attempts }
      : null,
    call: isCall && task ? await waitingCall(session, row, { call: whole, task, rows }) : null,
    text: typeof whole === 'string' ? whole.slice(0, mostText).toWellFormed() : null,
    said: task && entry.id !== null && !isAboutText(entry.id) ? await lastWords(session, runKey, task) : null,
    approval: now?.approval ?? null,
    limit: limitOf(entry, { waiting: waiting ?? [], limits }),
  };
}

/** The attempt that asks: it is not counted before it ends. */
function attemptOf({ id }: WaitingEntry): number | null {
  const subject = id === null ? null : parseRequestId(id);
  return subject && 'attempt' in subject ? subject.attempt : null;
}

/** What the run itself says; null: it does not answer, which is no reason to show nothing. */
function asksOnce(session: Session, row: RunRow): () => Promise<WaitingAnswer | null> {
  let asking: Promise<WaitingAnswer | null> | undefined;
  return () =>
    (asking ??= createRun(session, row)
      .waiting()
      .catch(() => null));
}

function isAboutText(id: string): boolean {
  const kind = parseRequestId(id)?.kind;
  return kind === 'before' || kind === 'after';
}

async function lastWords({ store }: Session, runKey: string, task: TaskRow): Promise<string | null> {
  const said = (await store.runs.transcript(runKey, task.context)).findLast(
    ({ taskId, message }) => taskId === task.id && message.role === 'assistant' && textOf(message).trim() !== '',
  );
  return said ? textOf(said.message).slice(-mostSaid).toWellFormed() : null;
}

function limitOf(
  { cause, limit }: WaitingEntry,
  { waiting, limits }: { waiting: WaitingAnswer; limits: readonly SpentLimit[] },
): WaitingDetail['limit'] {
  if (cause !== 'budget' || !limit) return null;
  const found = limits.find(({ scope, unit }) => scope === limit.scope && unit === limit.unit);
  const short = shortLimits(waiting, limits).find(({ scope, unit }) => scope === limit.scope && unit === limit.unit);
  return found ? { ...found, needed: short?.needed ?? null } : null;
}
