import type { Plan, PlanTask, Template } from '../../src/domain/plan/plan.ts';

/**
 * The same plan with results shared as one does without thinking: one task after the other, and every task is told every earlier result, whole.
 *
 * What a task is asked stays; only what it quotes of others is left out of it, as it has all of that anyway.
 */
export function toNaive(plan: Plan): Plan {
  const ids = plan.tasks.map(({ id }) => id);
  const tasks = plan.tasks.map((task, index): PlanTask => {
    const earlier = ids.slice(0, index);
    const template: Template = [
      ...withoutQuotes(task),
      ...earlier.flatMap((id) => [`\n\nResult of ${id}: `, { expression: `tasks.${wordOf(id)}.output` }]),
    ];
    return {
      ...task,
      template: index === 0 ? task.template : template,
      when: null,
      dependsOn: earlier.map((id) => ({ task: id, on: 'all_success', from: 'explicit' })),
      join: 'all',
    };
  });
  return { ...plan, tasks };
}

/** The same plan with nothing of any result passed on: what instructions, tools and prompts of its own take, below which no way of sharing comes. */
export function toBare(plan: Plan): Plan {
  const tasks = plan.tasks.map((task): PlanTask => ({
    ...task,
    template: task.template && withoutQuotes(task),
    dependsOn: task.dependsOn.map(({ task: id, on, from }) => ({ task: id, on, from })),
  }));
  return { ...plan, tasks };
}

function withoutQuotes({ template, prompt }: PlanTask): Template {
  return (template ?? [prompt]).filter((piece) => typeof piece === 'string' || !/\btasks\./.test(piece.expression));
}

// As expressions name a task.
function wordOf(id: string): string {
  return id.replaceAll('-', '_');
}
