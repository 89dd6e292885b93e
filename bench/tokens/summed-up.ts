import type { Plan, PlanTask } from '../../src/domain/plan/plan.ts';

/** The same plan with `pass: summary` wherever a prompt quotes a whole result: its agent is told it in short, and opens it where it needs more. */
export function toSummedUp(plan: Plan): Plan {
  return { ...plan, tasks: plan.tasks.map(summedUp) };
}

function summedUp(task: PlanTask): PlanTask {
  const whole = new Set<string>();
  const template = task.template?.filter((piece) => {
    const [, word] = typeof piece === 'string' ? [] : (/^tasks\.(\w+)\.output$/.exec(piece.expression.trim()) ?? []);
    if (word !== undefined) whole.add(word);
    return word === undefined;
  });
  if (whole.size === 0) return task;
  const dependsOn = task.dependsOn.map((edge) =>
    whole.has(edge.task.replaceAll('-', '_')) ? ({ ...edge, pass: 'summary' } as const) : edge,
  );
  return { ...task, template: template!, dependsOn };
}
