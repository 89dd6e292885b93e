import type { TaskStatus } from '../run/run-result.ts';
import type { Edge, TaskNode } from './task-node.ts';
import { executionStatus, hasEnded, instanceIdOf, inWords, isLost } from './task-node.ts';

/** Whether an edge's source has come so far that the edge is decided. */
export function hasReached({ source, level }: Edge): boolean {
  return level === 'final' ? source.isFinal : outcomeOf({ source, level }) !== null;
}

/** Whether an edge whose source has reached its level is met. */
export function isMet({ source, needsSuccess, level }: Edge): boolean {
  if (!needsSuccess) return true;
  const outcome = outcomeOf({ source, level });
  return (
    outcome === 'succeeded' || outcome === 'reused' || (outcome === 'failed' && source.task.continueOnError === true)
  );
}

/** How many of the dependencies that the user wrote must be met. */
export function neededOf({ task: { join = 'all' } }: TaskNode, total: number): number {
  if (join === 'all') return total;
  return join === 'any' ? Math.min(1, total) : join.quorum;
}

/** Whether the execution that added this task allows it: its agent's plan counts once it has succeeded. */
export function parentOutcome({ parent, state }: TaskNode): 'met' | 'open' | 'lost' {
  if (!parent || state.isDetached) return 'met';
  const status = executionStatus(parent.node, parent.item) ?? 'pending';
  if (!hasEnded(status)) return 'open';
  return status === 'succeeded' || status === 'reused' ? 'met' : 'lost';
}

/** Why a doomed task is given up, in words for people, and whether it is missing by that. `strictSkips`: see `SchedulablePlan`. */
export function whyDoomed(node: TaskNode, strictSkips: boolean): { reason: string; isLost: boolean } {
  const dead = node.explicit.filter((edge) => hasReached(edge) && !isMet(edge));
  const needsLost = dead.some((edge) => isLost({ ...edge.source, outcome: outcomeOf(edge) }));
  return {
    reason: reasonOf(node, dead),
    isLost: strictSkips || node.missing !== null || parentOutcome(node) === 'lost' || needsLost,
  };
}

function reasonOf(node: TaskNode, dead: readonly Edge[]): string {
  const { parent, missing, explicit, task } = node;
  if (parent && parentOutcome(node) === 'lost') {
    const status = executionStatus(parent.node, parent.item)!;
    return `it needs ${instanceIdOf(parent.node, parent.item)}, which ${inWords(status)}`;
  }
  const [first] = dead;
  if (!first) return `it needs ${missing}, which is not there`;
  const join = task.join ?? 'all';
  if (join === 'all' || explicit.length === 1) return `it needs ${first.source.task.id}, which ${wordsOf(first)}`;
  const ends = dead.slice(0, 5).map((edge) => `${edge.source.task.id} ${wordsOf(edge)}`);
  const more = dead.length > ends.length ? `, and ${dead.length - ends.length} more did not succeed` : '';
  return `it needs ${join === 'any' ? 1 : join.quorum} of ${explicit.length}: ${ends.join(', ')}${more}`;
}

function wordsOf(edge: Edge): string {
  return inWords(outcomeOf(edge) ?? 'pending');
}

/** What an edge looks at of its source: a part of a task sees only how the task's own executions ended. */
function outcomeOf({ source, level }: Pick<Edge, 'source' | 'level'>): TaskStatus | null {
  return level === 'own' ? source.ownOutcome : source.outcome;
}
