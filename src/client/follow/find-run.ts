import { setTimeout as delay } from 'node:timers/promises';
import { nameProblem } from '../../domain/ids/possible-name.ts';
import { inTenant, isOf, localId } from '../../domain/ids/tenant.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { UnreachableError, UsageError } from '../../domain/errors.ts';
import { RunNotFoundError } from '../errors.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import type { Run } from '../run.ts';

/** The newest run with an id. @throws RunNotFoundError, with the nearest id; UsageError where it is to start later */
export async function findRun(session: Session, named: string): Promise<RunRow> {
  const { store } = session;
  const runId = wholeId(session, named);
  const row = await store.runs.find(runId);
  if (row) return row;
  const { findQueued, notBegun } = await import('./queued-runs.ts');
  const queued = await findQueued(session, runId);
  if (queued) throw notBegun(queued);
  throw new RunNotFoundError(named, await nearestHint(session, named));
}

/** The whole id of the run that somebody names. @throws RunNotFoundError when nothing can be called so */
function wholeId({ tenant }: Pick<Session, 'tenant'>, named: string): string {
  return inTenant(tenant, possible(named));
}

// Of a tenant's own runs alone, and as that tenant calls them.
async function nearestHint({ store, tenant }: Session, named: string): Promise<string> {
  const { nearest } = await import('../../domain/nearest.ts');
  const known = (await store.runs.page({ limit: 200 })).map(({ runId }) => (tenant === null ? runId : localId(runId)));
  const name = nearest(named, known);
  return name === null ? '' : `Did you mean ${name}?`;
}

// Servers say little of a name that nothing can have, and each something else.
function possible(runId: string): string {
  const problem = nameProblem(runId);
  if (problem !== null) throw new RunNotFoundError(runId, `Nothing can be called so: ${problem}.`);
  return runId;
}

/** A run of the store, or one that was started and that no worker has opened there yet; null: there is none. */
export async function lookUp(session: Session, named: string): Promise<Run | null> {
  const runId = wholeId(session, named);
  const row = await session.store.runs.find(runId);
  if (row) return createRun(session, row);
  // Temporal would tell of anybody's.
  if (!isOf(session.tenant, runId)) return null;
  const [{ client, target }, { findStarted }] = await Promise.all([session.connect(), import('./started-run.ts')]);
  const started = await orUnreachable(target, () => findStarted(client, runId));
  return started && createRun(session, started);
}

/** How long a run that was started may take until a worker has checked its plan, in ms. */
const openedWithinMs = 10_000;

/**
 * The row of a run that somebody steps into: one that was started a moment ago is waited for.
 *
 * @throws RunNotFoundError; UnreachableError when no worker begins it; RunRefusedError when it could not begin
 */
export async function findStartedRun(session: Session, named: string): Promise<RunRow> {
  const { store } = session;
  if (await store.runs.find(wholeId(session, named))) return findRun(session, named);
  const run = await lookUp(session, named);
  if (run) await (await import('./queued-runs.ts')).refuseQueued(session, run.id);
  return (run && (await untilOpened(store, run))) ?? findRun(session, named);
}

async function untilOpened(store: Store, run: Run): Promise<RunRow> {
  let refusal: { error: unknown } | null = null;
  run.result().catch((error: unknown) => (refusal = { error }));
  for (const end = Date.now() + openedWithinMs; Date.now() < end; await delay(50)) {
    const row = await store.runs.find(run.id);
    if (row) return row;
    if (refusal) throw (refusal as { error: unknown }).error;
  }
  throw new UnreachableError(
    `run ${run.id} was started, but no worker has begun it within ${openedWithinMs / 1000} s: \`gaffer watch ${run.id}\` takes it up, or start a worker with \`gaffer worker\` or \`gaffer dev\` and try again.`,
  );
}

/**
 * Lets nobody wait for, or ask, a run that Temporal closed before it could end by itself.
 *
 * @throws RunCutOffError with what happened and what can be done
 */
export async function refuseCutOff(session: Session, row: RunRow): Promise<void> {
  if (hasEnded(row.status)) return;
  const cutOff = await createRun(session, row).cutOff();
  if (cutOff) throw cutOff;
}

/** The row of a run that lives, for whoever asks something of it. @throws RunNotFoundError; UsageError when it has ended, in whatever way */
export async function findLiveRun(session: Session, runId: string): Promise<RunRow> {
  const row = await findStartedRun(session, runId);
  if (hasEnded(row.status)) {
    const { runId, status } = row;
    // A retry does again what did not succeed.
    const ways =
      status === 'succeeded'
        ? `\`gaffer fork ${runId} --from TASK\` starts a changed one, \`gaffer retry ${runId} TASK\` one that does a task anew`
        : `\`gaffer retry ${runId}\` goes on with a new run, \`gaffer fork ${runId} --from TASK\` with a changed one`;
    throw new UsageError(`run ${runId} has ended (${status}): ${ways}.`);
  }
  await refuseCutOff(session, row).catch((error: Error) => {
    throw error.name === 'RunCutOffError' ? new UsageError(error.message, { cause: error }) : error;
  });
  return row;
}
