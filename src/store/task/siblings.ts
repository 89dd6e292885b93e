import type { Plan, PlanTask } from '../../domain/plan/plan.ts';

const byPlan = new WeakMap<Plan, Map<string, Set<string>>>();

/** Tasks of a plan other than this one that ask for the very same: each of them has a result of its own. */
export function siblingsOf(plan: Plan, task: PlanTask): ReadonlySet<string> {
  let groups = byPlan.get(plan);
  if (!groups) {
    groups = new Map();
    for (const one of plan.tasks) {
      const key = toKey(one);
      groups.set(key, (groups.get(key) ?? new Set()).add(one.id));
    }
    byPlan.set(plan, groups);
  }
  const siblings = new Set(groups.get(toKey(task)));
  siblings.delete(task.id);
  return siblings;
}

function toKey({ prompt, template, agent, output, workspace }: PlanTask): string {
  return JSON.stringify([prompt, template, agent, output, workspace?.path]);
}
