import type { PlanTask } from '../../domain/plan/plan.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';

/** What a task wants to add, for whoever decides about it: all of the tasks in a line each, then what each of them is told. */
export function addedText(tasks: readonly Pick<PlanTask, 'id' | 'agent' | 'dependsOn' | 'prompt'>[]): string {
  if (tasks.length === 0) return '';
  const heads = tasks.map(({ id, agent, dependsOn }) => {
    const after = dependsOn.map((edge) => edge.task).join(', ');
    return `${id} (${agent})${after ? `, after ${after}` : ''}`;
  });
  const told = tasks.map(({ id, prompt }) => `\n${id} is told:\n${toDetail(prompt).replace(/^/gm, '  ')}`);
  return ['Tasks that it adds:', ...heads, ...told].join('\n');
}
