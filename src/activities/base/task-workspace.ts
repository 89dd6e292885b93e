import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { isInside, workspaceOf } from '../../domain/plan/workspace.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Why a task cannot work in its folder, in words; null: it can. `undefined`: the run's own folder.
 *
 * Agents can write to the run's workspace, so a folder in it may have become a link to anywhere since the plan was made.
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
  const foreign = folderProblem(workspaceOf(plan, task).path);
  if (foreign !== null) return foreign;
  const own = task?.workspace;
  if (!own || !isInside(own) || plan.folders?.[own.path] !== undefined) return {};
  try {
    const [root, folder] = await Promise.all([realpath(plan.workspace), realpath(workspaceOf(plan, task).path)]);
    if (`${folder}${sep}`.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return { leadsTo: folder };
    return `The folder of this task, ${own.path}, leads out of the workspace by a link.`;
  } catch {
    return `The folder of this task, ${own.path}, is not there any more.`;
  }
}
