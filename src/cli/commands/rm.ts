import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunHandle } from '../../client/follow/run-handle.ts';
import type { RunRow } from '../../store/store.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { findRun } from '../work/find-run.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { openSession, orUnreachable } from '../work/session.ts';
import { removeSnapshots } from '../../client/start/workspace-leftovers.ts';

/** `gaffer rm RUN`: removes a run that has ended: its rows, what Temporal keeps of it, and its snapshots. Its files are the user's. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const session = await openSession(context, { say: sayTo(terminal), yes: false, whenAbsent: 'start' });
  try {
    const row = await findRun(session.store, runId!);
    const client = await session.connect(context.config.taskQueue);
    const snapshots = await orUnreachable(session.temporal, async () => {
      const handle = await client.find(row.runId);
      await refuseLiving(row, handle);
      const { livingHeir } = await import('../../store/lifetime/retention.ts');
      const heir = await livingHeir(session.store.sql, row.runKey);
      if (heir !== undefined) {
        throw new UsageError(`run "${heir}" goes on from "${row.runId}" and has not ended: remove this one after it.`);
      }
      const folders = [row.workspace, ...Object.values(await session.store.runs.workspaces(row.runKey))];
      const removed = await removeSnapshots(folders, row.runId);
      await handle.remove();
      return removed;
    });
    if (options.json) {
      terminal.out(toJson({ removed: row.runId, workspace: row.workspace, snapshots }));
      return exitCodes.succeeded;
    }
    terminal.out(`removed ${row.runId}\n`);
    const less = snapshots === 0 ? '' : `, less ${snapshots} snapshot${snapshots === 1 ? '' : 's'}`;
    terminal.err(`Its workspace ${safeLine(row.workspace)} stays as it is${less}.\n`);
    terminal.err('Temporal deletes its history within a minute; until then the id is taken.\n');
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

// A run that was terminated past us stays open in the store for ever: what Temporal says counts.
async function refuseLiving(row: RunRow, handle: RunHandle): Promise<void> {
  if (hasEnded(row.status)) return;
  const isClosed = await handle.describe().then(
    ({ status }) => status !== 'running' && status !== 'paused',
    (error: Error) => {
      if (error.name === 'WorkflowNotFoundError') return true;
      throw error;
    },
  );
  if (isClosed) return;
  throw new UsageError(`run "${row.runId}" has not ended: \`gaffer cancel ${row.runId}\` stops it first.`);
}
