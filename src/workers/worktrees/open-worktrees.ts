import { join } from 'node:path';
import { privateFolder } from '../../host/private-folder.ts';
import type { Sql } from '../../store/database/sql.ts';
import { worktreeHome } from '../../store/worktrees/worktree-rows.ts';
import { createWorktrees, type Worktrees } from '../../worktrees/worktrees.ts';

/** The worktrees of a store's runs on this machine: in the user's own folder, where those of other stores stand beside them. */
export async function openWorktrees(sql: Sql): Promise<Worktrees> {
  return createWorktrees(join(await privateFolder('worktrees'), await worktreeHome(sql)));
}
