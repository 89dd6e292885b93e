import type { Isolation, OverlapPolicy } from '../coding/isolation.ts';
import type { Plan, PlanTask } from '../plan/plan.ts';
import { foldersOn, workspaceOf } from '../plan/workspace.ts';

/** What says where a task works, each as far as it says so. */
export interface IsolationSayings {
  task: { isolate?: Isolation | undefined } | undefined;
  agent: { isolate?: Isolation | undefined; runner?: unknown } | undefined;
  phase: { isolate?: Isolation | undefined } | undefined;
  run: { isolate?: Isolation | undefined } | undefined;
}

/** Where a task works: what is nearest to it counts. Agents that a program drives work apart unless somebody says otherwise. */
export function isolationOf({ task, agent, phase, run }: IsolationSayings): Isolation {
  const usual = agent?.runner === undefined ? 'shared' : 'worktree';
  return task?.isolate ?? agent?.isolate ?? phase?.isolate ?? run?.isolate ?? usual;
}

/** Where a task of a plan works. Only agents work apart: a workflow in a workflow and the call of a tool do not. */
export function isolationIn(
  plan: Pick<Plan, 'agents' | 'phases' | 'isolation'>,
  task: PlanTask | undefined,
): Isolation {
  if (!task || task.work || task.script) return 'shared';
  const phase = task.phase === null ? undefined : plan.phases[task.phase];
  return isolationOf({ task, agent: plan.agents[task.agent], phase, run: plan.isolation });
}

/** Folders of one host in which tasks of a plan work apart, each once: each has to be in a repository. */
export function foldersApart(host: string, plan: Plan): string[] {
  const here = new Set(foldersOn(host, plan));
  const apart = plan.tasks.filter((task) => isolationIn(plan, task) !== 'shared');
  return [...new Set(apart.map((task) => workspaceOf(plan, task).path))].filter((folder) => here.has(folder));
}

/** Whether the later one of two tasks that change the same lines has to stand still: as a plan, or its outline, says. */
export function standsAside({ isolation }: { isolation?: { onOverlap?: OverlapPolicy } | undefined }): boolean {
  return (isolation?.onOverlap ?? 'go_on') !== 'go_on';
}
