import type { Plan } from './plan.ts';

/** A task of a plan and everything that waits for it, directly or not, in the order of the plan. */
export function withDescendants({ tasks }: Pick<Plan, 'tasks'>, from: string): string[] {
  const found = new Set([from]);
  const phases = new Set<number>();
  const phaseOf = new Map(tasks.map((task) => [task.id, task.phase]));
  const add = (id: string): void => {
    found.add(id);
    const phase = phaseOf.get(id) ?? null;
    if (phase !== null) phases.add(phase);
  };
  add(from);
  // Topological order: what a task waits for was seen before it.
  for (const { id, dependsOn, afterPhase } of tasks) {
    const isAfter = dependsOn.some(({ task }) => found.has(task));
    const isAfterPhase = afterPhase !== null && [...phases].some((phase) => phase <= afterPhase);
    if (isAfter || isAfterPhase) add(id);
  }
  return tasks.map((task) => task.id).filter((id) => found.has(id));
}
