import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { foldersAround, workspaceOf } from '../../domain/plan/workspace.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Why a task cannot work in its folder, in words; null: it can. `undefined`: the run's own folder.
 *
 * Agents can write to the run's workspace, and to that of the run around it, so a folder in it may have become a link to anywhere since the plan was made.
 */
export async function workspaceProblem(
  dependencies: Pick<ActivityDependencies, 'folderProblem'>,
  plan: Plan,
  task: Pick<PlanTask, 'workspace'> | undefined,
): Promise<string | null> {
  const place = await placeOf(dependencies, plan, task);
  return typeof place === 'string' ? place : null;
}

/**
 * Where a task works, or why it cannot, as {@link workspaceProblem} says it.
 *
 * `leadsTo` goes on to what opens the folder: other agents may put a link in its place between this look and that.
 */
export async function placeOf(
  { folderProblem }: Pick<ActivityDependencies, 'folderProblem'>,
  plan: Plan,
  task: Pick<PlanTask, 'workspace'> | undefined,
): Promise<{ leadsTo?: string } | string> {
  const { path } = workspaceOf(plan, task);
  const foreign = folderProblem(path);
  if (foreign !== null) return foreign;
  const around = foldersAround(plan, task);
  if (around.length === 0) return {};
  const own = task?.workspace;
  const name = own ? `The folder of this task, ${own.path},` : `The folder of this run, ${path},`;
  try {
    const [folder, ...roots] = await Promise.all([realpath(path), ...around.map((each) => realpath(each))]);
    if (roots.every((root) => isBelow(folder, root))) return { leadsTo: folder };
    return `${name} leads out of the workspace by a link.`;
  } catch {
    return `${name} is not there any more.`;
  }
}

/** Whether a folder is another one or lies in it. Both are real paths. */
export function isBelow(folder: string, root: string): boolean {
  return `${folder}${sep}`.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}
