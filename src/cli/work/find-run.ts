import { setTimeout as delay } from 'node:timers/promises';
import type { RunHandle } from '../../client/follow/run-handle.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow, Store } from '../../store/store.ts';
import { UnreachableError, UsageError } from '../../domain/errors.ts';
import { orUnreachable, type Session } from './session.ts';
import { findLocalWorker } from './worker-files.ts';

/** The newest run with an id. @throws UsageError when there is none */
export async function findRun(store: Store, runId: string): Promise<RunRow> {
  const row = await store.runs.find(runId);
  if (row) return row;
  const { nearest } = await import('../../definition/source/nearest.ts');
  const known = (await store.runs.list({ limit: 200 })).map((each) => each.runId);
  const name = nearest(runId, known);
  const hint = name === null ? '' : ` Did you mean ${name}?`;
  throw new UsageError(`there is no run "${runId}" here: \`gaffer runs\` lists those there are.${hint}`);
}

/** How long a run that was started may take until a worker has checked its plan, in ms. */
const openedWithinMs = 10_000;

/**
 * The same for commands that step in: a run that was started a moment ago is waited for.
 *
 * @throws UsageError when there is none; UnreachableError when no worker begins it; RunRefusedError when it could not begin
 */
export async function findStartedRun(session: Session, queue: string, runId: string): Promise<RunRow> {
  const { store, temporal } = session;
  if (await store.runs.find(runId)) return findRun(store, runId);
  const client = await session.connect(queue);
  const handle = await orUnreachable(temporal, () => client.find(runId)).catch((error: Error) => {
    if (error.name !== 'RunNotFoundError') throw error;
    return null;
  });
  return (handle && (await untilOpened(store, handle))) ?? findRun(store, runId);
}

async function untilOpened(store: Store, handle: RunHandle): Promise<RunRow> {
  const { runId } = handle;
  let refusal: { error: unknown } | null = null;
  handle.result().catch((error: unknown) => (refusal = { error }));
  for (const end = Date.now() + openedWithinMs; Date.now() < end; await delay(50)) {
    const row = await store.runs.find(runId);
    if (row) return row;
    if (refusal) throw (refusal as { error: unknown }).error;
  }
  throw new UnreachableError(
    `run ${runId} was started, but no worker has begun it within ${openedWithinMs / 1000} s: \`gaffer watch ${runId}\` takes it up, or start a worker with \`gaffer worker\` or \`gaffer dev\` and try again.`,
  );
}

/**
 * Lets nobody wait for, or ask, a run that Temporal closed before it could end by itself.
 *
 * @throws RunCutOffError with what happened and what can be done
 */
export async function refuseCutOff(session: Session, queue: string, { runId, status }: RunRow): Promise<void> {
  if (hasEnded(status)) return;
  const client = await session.connect(queue);
  const cutOff = await orUnreachable(session.temporal, async () => (await client.find(runId)).cutOff());
  if (cutOff) throw cutOff;
}

/** A run's status as people see it: one whose worker in this home is gone is parked. */
export async function statusText(
  row: RunRow,
  { home, isEmbedded }: { home: string; isEmbedded: boolean },
): Promise<string> {
  if (hasEnded(row.status) || !isEmbedded || row.launch === null) return row.status;
  return (await findLocalWorker(home, row.launch.taskQueue)) ? row.status : 'parked';
}
