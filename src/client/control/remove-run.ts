import { UsageError } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { Session } from '../connection/session.ts';
import { RunNotFoundError } from '../errors.ts';
import type { Run } from '../run.ts';
import { removeSnapshots } from '../start/workspace-leftovers.ts';
import { pruneWorktrees } from '../worktrees/list-worktrees.ts';
import { removeHistory } from './remove-history.ts';

/** Removes a run that has ended: its snapshots, what Temporal keeps of it, its rows. Its files are the user's. @throws UsageError */
export async function removeRun(session: Session, run: Run): Promise<{ snapshots: number }> {
  const row = await session.store.runs.find(run.id);
  if (row?.runKey !== run.runKey) throw new RunNotFoundError(run.id);
  await refuseLiving(row, run);
  const { livingHeir } = await import('../../store/lifetime/retention.ts');
  const heir = await livingHeir(session.store.sql, row.runKey);
  if (heir !== undefined) {
    throw new UsageError(`run "${heir}" goes on from "${row.runId}" and has not ended: remove this one after it.`);
  }
  const folders = [row.workspace, ...Object.values(await session.store.runs.workspaces(row.runKey))];
  // Before their snapshots: what is merged nowhere is kept elsewhere.
  await pruneWorktrees(session, row.runKey);
  await dropHomes(session, row.runKey);
  const snapshots = await removeSnapshots(folders, row.runId);
  await forget(session, row);
  return { snapshots };
}

// What programs of others kept of their sessions.
async function dropHomes({ store: { sql } }: Session, runKey: string): Promise<void> {
  const { openHomes, sweepHomes } = await import('../../workers/foreign/sweep-homes.ts');
  await sweepHomes(sql, await openHomes(sql), { runKey });
}

/** What Temporal keeps of a run goes first: its rows say that there is something left to remove. */
export async function forget(session: Session, { runId, runKey }: { runId: string; runKey: string }): Promise<void> {
  const { client, calls, target } = await session.connect();
  await orUnreachable(target, () => calls.track(() => removeHistory(client, target.namespace, runId)));
  await session.store.runs.remove(runKey);
}

// A run that was terminated past us stays open in the store for ever: what Temporal says counts.
async function refuseLiving(row: RunRow, run: Run): Promise<void> {
  if (hasEnded(row.status)) return;
  const { status } = await run.describe();
  if (status !== 'running' && status !== 'paused') return;
  if (row.status === 'compensating')
    throw new UsageError(`run "${row.runId}" is being undone: \`gaffer watch ${row.runId}\` follows it to its end.`);
  throw new UsageError(`run "${row.runId}" has not ended: \`gaffer cancel ${row.runId}\` stops it first.`);
}
