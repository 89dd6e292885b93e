/** How urgent a run is among all that wait for the same workers, least first. */
export const runPriorities = ['low', 'normal', 'high', 'urgent'] as const;

/** See {@link runPriorities}. */
export type RunPriority = (typeof runPriorities)[number];

/** Temporal's keys: 1 is served first, 5 last, 3 is the default. */
const keys: Readonly<Record<RunPriority, number>> = { urgent: 1, high: 2, normal: 3, low: 4 };

/** Temporal's priority key of a run. */
export function toPriorityKey(priority: RunPriority): number {
  return keys[priority];
}

/** What a priority key means; one that nobody gave is normal. */
export function toRunPriority(key: number | null | undefined): RunPriority {
  return runPriorities.findLast((priority) => keys[priority] === Math.min(key || keys.normal, keys.low)) ?? 'normal';
}

/** What the words mean among the tasks of one run: 1 is begun last, 10 first. */
export const taskPriorities: Readonly<Record<RunPriority, number>> = { low: 3, normal: 5, high: 8, urgent: 10 };

/** Whether that is a word for a priority. */
export function isRunPriority(word: unknown): word is RunPriority {
  return runPriorities.some((priority) => priority === word);
}
