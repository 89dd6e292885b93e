import type { AgentChoice } from '../../domain/evaluation/choose-agent.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';

/** Dependencies of a task that its event tells at most: an event stays under 8 kB. */
const mostTold = 20;

/** What a story tells of a task that the run has; `choice`: how its agent was chosen, where nobody named it. */
export function addedEvent(plan: Plan, task: PlanTask, choice?: AgentChoice): RunEventDraft {
  return {
    key: `added/${task.id}`,
    type: 'task:added',
    taskId: task.id,
    phase: task.phase === null ? (task.heading ?? null) : plan.phases[task.phase]!.name,
    agentName: task.agent,
    context: task.context,
    ...(choice && { chosen: choice.reason }),
    ...(task.depth > 0 &&
      task.dependsOn.length > 0 && { dependsOn: task.dependsOn.slice(0, mostTold).map((edge) => edge.task) }),
  };
}
