import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { snapshotPrefix } from '../domain/snapshot-ref.ts';

const run = promisify(execFile);

/*
 * A repository that agents worked in may name hooks and programs in its own configuration: none of that may run here.
 */
const harmless = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'gc.auto=0'];

/**
 * Removes what a run left in the repository it worked in: its snapshots (`refs/gaffer/RUN/…`). Files and branches stay.
 *
 * A folder that is gone, on another host, or no repository, has nothing. @returns how many were removed
 */
export async function removeSnapshots(workspace: string, runId: string): Promise<number> {
  if (!existsSync(workspace)) return 0;
  const git = async (...args: string[]): Promise<string> => {
    const options = {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' },
      timeout: 30_000,
    };
    const { stdout } = await run('git', [...harmless, '-C', workspace, ...args], options);
    return stdout;
  };
  try {
    const refs = (await git('for-each-ref', '--format=%(refname)', snapshotPrefix(runId))).split('\n').filter(Boolean);
    for (const ref of refs) await git('update-ref', '--no-deref', '-d', ref);
    return refs.length;
  } catch {
    return 0;
  }
}
