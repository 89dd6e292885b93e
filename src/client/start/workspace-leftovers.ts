import { existsSync } from 'node:fs';
import { snapshotPrefix } from '../../domain/run/snapshot-ref.ts';
import { gitIn } from '../../host/git.ts';

/**
 * Removes what a run left in the repositories it worked in: its snapshots (`refs/gaffer/RUN/…`). Files and branches stay.
 *
 * A folder that is gone, on another host, or no repository, has nothing. @returns how many were removed
 */
export async function removeSnapshots(workspaces: Iterable<string>, runId: string): Promise<number> {
  let count = 0;
  for (const workspace of new Set(workspaces)) count += await removeIn(workspace, runId);
  return count;
}

async function removeIn(workspace: string, runId: string): Promise<number> {
  if (!existsSync(workspace)) return 0;
  const git = gitIn(workspace, { timeoutMs: 30_000 });
  try {
    const refs = (await git('for-each-ref', '--format=%(refname)', snapshotPrefix(runId))).split('\n').filter(Boolean);
    for (const ref of refs) await git('update-ref', '--no-deref', '-d', ref);
    return refs.length;
  } catch {
    return 0;
  }
}
