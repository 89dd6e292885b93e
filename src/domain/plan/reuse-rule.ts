import { builtInTools, isForCrew } from '../tool-names.ts';
import type { Plan, PlanTask } from './plan.ts';
import type { ReuseRule } from './task-work.ts';

const { issue, reportBlocker, planTasks } = builtInTools;
const blind: readonly string[] = [issue.name, reportBlocker.name, planTasks.name];

/** Whether a task's result depends on more than its key says: its agent, or one that a script may ask, has tools that look at the world, or somebody approved what stood there. */
export function looksAround({ agents }: Pick<Plan, 'agents'>, { agent, approval, script, work }: PlanTask): boolean {
  if (approval !== null || work) return true;
  const names = script ? Object.keys(agents) : [agent];
  return names.some((name) => agents[name]?.tools.some((tool) => !blind.includes(tool) && !isForCrew(tool)) === true);
}

/** The rule for a task. A retry and a fork say by name what is done anew; `--reuse` asks for what still holds. */
export function reuseRule(plan: Pick<Plan, 'agents'>, task: PlanTask, kind: 'retry' | 'fork' | 'reuse'): ReuseRule {
  return task.reuse ?? (kind === 'reuse' && looksAround(plan, task) ? 'same-files' : 'always');
}
