import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';

/** Dependencies of a task that its event tells at most: an event stays under 8 kB. */
const mostTold = 20;

/** What a story tells of a task that the run has. */
export function addedEvent(plan: Plan, task: PlanTask): RunEventDraft {
  return {
    key: `added/${task.id}`,
    type: 'task:added',
    taskId: task.id,
    phase: task.phase === null ? (task.heading ?? null) : plan.phases[task.phase]!.name,
    agentName: task.agent,
    context: task.context,
    ...(task.depth > 0 &&
      task.dependsOn.length > 0 && { dependsOn: task.dependsOn.slice(0, mostTold).map((edge) => edge.task) }),
  };
}
