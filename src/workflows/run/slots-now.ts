import { patched } from '@temporalio/workflow';
import { boundedSlotsOf, slotsOf } from '../../domain/run/in-flight.ts';
import type { PlanState } from './carry.ts';

/** How many tasks of a run may be at work from now on, those that are already included. */
export function slotsNow({
  crew,
  scheduler,
  executions,
}: Pick<PlanState, 'crew' | 'scheduler' | 'executions'>): number {
  const { maxParallel } = crew.books.outline.limits;
  const standing = { maxParallel, running: scheduler.runningCount, inFlight: executions.size };
  const [slots, bounded] = [slotsOf(standing), boundedSlotsOf(standing)];
  // What an execution has begun so far without a bound is replayed without one.
  return slots !== bounded && patched('so-many-tasks') ? bounded : slots;
}
