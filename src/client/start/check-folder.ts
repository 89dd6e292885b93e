import { existsSync, statSync } from 'node:fs';
import { UsageError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';

/** A folder that an option or a definition names, as it is. @throws UsageError when there is none */
export function checkFolder(what: string, folder: string): string {
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new UsageError(`${what}: there is no folder ${folder}. Make it, or name another one.`);
}

/** The folders that a plan works in. @throws UsageError when one is not there */
export function checkFolders(plan: Plan): void {
  checkFolder('workspace', plan.workspace);
  for (const path of ownWorkspaces(plan.tasks)) {
    checkFolder('workspace of a task', workspaceOf(plan, { workspace: { path } }).path);
  }
}
