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
    const own = (task.template ?? [task.prompt]).filter(
      (piece) => typeof piece === 'string' || !/\btasks\./.test(piece.expression),
    );
    const template: Template = [
      ...own,
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

// As expressions name a task.
function wordOf(id: string): string {
  return id.replaceAll('-', '_');
}
