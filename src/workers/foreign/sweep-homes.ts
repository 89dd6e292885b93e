import { privateFolder } from '../../host/private-folder.ts';
import type { AttemptHomes } from '../../runners/attempt-homes.ts';
import { createHomes } from '../../runners/attempt-homes.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findStanding, worktreeHome } from '../../store/worktrees/worktree-rows.ts';

/** The homes of attempts of a store's runs on this machine. */
export async function openHomes(sql: Sql): Promise<AttemptHomes> {
  return createHomes({ root: await privateFolder('agents'), store: await worktreeHome(sql) });
}

/** What is swept. */
export interface HomeSweep {
  /** Only those of this run. */
  runKey?: string;
  /** Told what could not be removed, and why; left out: that is thrown. */
  onFailed?: (folder: string, error: unknown) => void;
}

/** Removes homes of attempts whose run has ended, or is not known any more, from this machine. @returns how many */
export async function sweepHomes(sql: Sql, homes: AttemptHomes, { runKey, onFailed }: HomeSweep = {}): Promise<number> {
  let count = 0;
  for (const attempt of await homes.list()) {
    if (runKey !== undefined && runKey !== attempt.runKey) continue;
    const run = await findStanding(sql, attempt.runKey);
    if (run?.hasEnded === false) continue;
    try {
      await homes.drop(attempt);
      count++;
    } catch (error) {
      if (!onFailed) throw error;
      onFailed(homes.homeOf(attempt), error);
    }
  }
  return count;
}
