import { UsageError } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import type { RunRow } from '../../store/store.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { Session } from '../connection/session.ts';
import { workOn } from '../crew/work-on.ts';
import { resultOf, toResult } from '../follow/ending.ts';
import { findRun } from '../follow/find-run.ts';
import { goesOn } from '../start/from-run.ts';
import type { Rollback } from '../runs.ts';

/** Undoes what a run did that Temporal's terminate ended, or that ended without undoing; waits for that. @throws UsageError */
export async function rollbackRun(session: Session, runId: string): Promise<Rollback> {
  const { store } = session;
  const row = await findRun(session, runId);
  if (await goesOn(session, row)) {
    if (row.status === 'compensating')
      throw new UsageError(
        `run ${row.runId} is being undone already: \`gaffer watch ${row.runId}\` follows it to its end.`,
      );
    throw new UsageError(`run ${row.runId} goes on: \`gaffer cancel ${row.runId}\` stops it and undoes what it did.`);
  }
  const before = await store.runs.undoList(row.runKey);
  // A run that was terminated gets its end written, also when there is nothing to undo.
  if (before.length === 0 && hasEnded(row.status)) {
    return { runId: row.runId, undone: [], left: [], result: row.result };
  }
  const workerFailed = session.startsWorkers ? await workOn(session, row) : [];
  const result = await Promise.race([undo(session, row), ...workerFailed]);
  const left = new Set((await store.runs.undoList(row.runKey)).map(({ id }) => id));
  const errors = new Map(result.compensations.map(({ taskId, error }) => [taskId, error]));
  return {
    runId: row.runId,
    undone: before.filter(({ id }) => !left.has(id)).map(({ id }) => id),
    left: before.filter(({ id }) => left.has(id)).map(({ id }) => ({ task: id, error: errors.get(id) ?? null })),
    result,
  };
}

async function undo(session: Session, { runId, runKey, launch }: RunRow): Promise<RunResult> {
  const { client, calls, target } = await session.connect();
  const taskQueue = session.taskQueue ?? launch?.taskQueue ?? session.config.taskQueue;
  const handle = await orUnreachable(target, () =>
    client.workflow.start('rollback', {
      ...{ workflowId: `${runId}/rollback`, taskQueue, args: [{ runKey }], staticSummary: `rollback of ${runId}` },
      workflowTaskTimeout,
      ...{ workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING' },
    }),
  );
  // What a workflow returns is shortened for its history.
  return calls
    .track(() => handle.result())
    .then(async (value) => (await resultOf(session.store, runId, runKey)) ?? (value as RunResult), toResult);
}
