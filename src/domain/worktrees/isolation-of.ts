import type { Isolation } from '../coding/isolation.ts';

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
