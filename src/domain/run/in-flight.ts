/*
 * How much of one execution may be under way. Temporal refuses more than 2,000 activities, children, signals or cancels that have not ended,
 * and a workflow task that asks for one too many fails again and again: the run stands for ever. Long before that, what is under way keeps a
 * run from going on as new, and all of it comes back as events that are replayed (src/domain/run/long-history.ts).
 */

/** Steps that an execution waits for at once: calls of models and tools inside of a run, starts of children, messages to them. */
export const mostSteps = 200;

/** Tasks of a run that are at work or wait for somebody, at once: each is carried when the run goes on as new. */
export const mostTasks = 1000;

/** Starts at a stretch: a thousand can take the 5 s after which the SDK ends workflow code. */
const mostStarts = 100;

/** How a run stands that may start more. */
export interface Standing {
  /** Tasks at once, as the run's limits say; those that wait for somebody do not count. */
  maxParallel: number;
  running: number;
  /** Those that wait for somebody as well. */
  inFlight: number;
}

/** How many tasks may run from now on, those that run already included. */
export function slotsOf({ maxParallel, running }: Standing): number {
  return Math.min(maxParallel, running + mostStarts);
}

/** The same where {@link mostTasks} holds. */
export function boundedSlotsOf(standing: Standing): number {
  const room = Math.max(0, mostTasks - standing.inFlight);
  return Math.min(slotsOf(standing), standing.running + room);
}
