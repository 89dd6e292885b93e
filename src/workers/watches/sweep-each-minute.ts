import { Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { Store } from '../../store/store.ts';
import { openWorktrees } from '../worktrees/open-worktrees.ts';
import { lookEachMinute } from './look-each-minute.ts';
import { sweepWorktrees } from '../worktrees/sweep-worktrees.ts';
import { openHomes, sweepHomes } from '../foreign/sweep-homes.ts';

/** Removes worktrees that nobody needs any more from this machine, now and then every minute, and says which; with them what programs of ended runs kept. */
export function startWorktreeSweep(
  store: Store,
  connection: NativeConnection,
  say: (line: string) => void,
): { stop(): Promise<void> } {
  const onFailed = (folder: string, error: unknown): void =>
    Runtime.instance().logger.warn(`${folder} could not be removed; the next try is in a minute`, {
      error,
    });
  return lookEachMinute(connection, {
    async look() {
      const parts = { store, worktrees: await openWorktrees(store.sql) };
      for (const { taskId, runId, kept } of await sweepWorktrees(parts, { onFailed }))
        say(`worktree of ${taskId} of ${runId} removed${kept === null ? '' : `; its work is kept as ${kept}`}`);
      await sweepHomes(store.sql, await openHomes(store.sql), { onFailed });
    },
    whenFailed: 'worktrees and homes of programs that nobody needs could not be looked for',
  });
}
