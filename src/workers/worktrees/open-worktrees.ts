import { join } from 'node:path';
import { privateFolder } from '../../host/private-folder.ts';
import type { Sql } from '../../store/database/sql.ts';
import { worktreeHome } from '../../store/worktrees/worktree-rows.ts';
import { createWorktrees, type Worktrees } from '../../worktrees/worktrees.ts';

/**
 * The worktrees of a store's runs on this machine: in the user's own folder, where those of other stores stand beside them.
 *
 * @param bwrapPath the sandbox for git where programs may be at work; null: none is, or none is there
 */
export async function openWorktrees(sql: Sql, bwrapPath: string | null = null): Promise<Worktrees> {
  return createWorktrees({ root: join(await privateFolder('worktrees'), await worktreeHome(sql)), bwrapPath });
}
