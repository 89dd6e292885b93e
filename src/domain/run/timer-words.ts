// Summaries of the timers with which a task stands still: Temporal's Web UI shows them, and `client/follow/resting.ts` finds the task by them.

/** A task waits before its next attempt. */
export const retrySummary = (taskId: string): string => `retry ${taskId}`;

/** A task waits until its run may spend again. `why` is cut to what the Web UI shows. */
export const restSummary = (taskId: string, why: string): string => `${taskId} rests: ${why.slice(0, 100)}`;

/** A task's call waits for its turn. */
export const queueSummary = (taskId: string, why: string): string =>
  `${taskId} waits for its turn: ${why.slice(0, 100)}`;

/** A task waits for another agent. */
export const standSummary = (taskId: string, what: string): string => `${taskId} waits for ${what.slice(0, 100)}`;

/** What a timer's summary says; null: it is no task that stands still. `isQueued`: others are waited for, and time ends nothing. */
export function readTimerSummary(summary: string): { taskId: string; why: string | null; isQueued?: true } | null {
  const [, retried, resting, words, why] =
    /^(?:retry (\S+)|(\S+) (rests|waits for its turn): (.*))$/s.exec(summary) ?? [];
  if (retried !== undefined) return { taskId: retried, why: null };
  if (resting === undefined) return null;
  return { taskId: resting, why: why!, ...(words !== 'rests' && { isQueued: true }) };
}
