import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import type { SpentLimit } from '../../domain/money/reached-limit.ts';
import type { LimitChange } from '../run.ts';

/** A limit that is too low for the next call of a task. Money in USD. */
export interface ShortLimit extends SpentLimit {
  taskId: string;
  /** The lowest limit with which that call fits; money in whole cents. */
  needed: number;
}

/** Which of those that wait for a higher limit wait for it still, as limits stand now. `waiting`: before anything was changed. */
export function shortLimits(waiting: Readonly<WaitingAnswer>, limits: readonly SpentLimit[]): ShortLimit[] {
  return waiting.flatMap(({ cause, taskId, limit: reached }) => {
    if (cause !== 'budget' || !reached || reached.scope === 'speed') return [];
    const counts = ['run', `task/${toInstance(taskId).task}`, reached.scope];
    const short = limits.find(
      ({ scope, unit, limit, spent }) =>
        counts.includes(scope) && spent + (unit === reached.unit ? reached.asked : 0) > limit,
    );
    if (!short) return [];
    const { unit, spent } = short;
    const least = spent + (unit === reached.unit ? reached.asked : 0);
    return [{ ...short, taskId, needed: unit === 'usd' ? Math.ceil(least * 100 - 1e-6) / 100 : least }];
  });
}

/** Limits that no further call fits into, besides those that `short` names already. */
export function usedUp(limits: readonly SpentLimit[], short: readonly ShortLimit[]): SpentLimit[] {
  const isNamed = (one: SpentLimit): boolean =>
    short.some(({ scope, unit }) => scope === one.scope && unit === one.unit);
  return limits.filter((one) => one.spent > 0 && one.spent >= one.limit && !isNamed(one));
}

/** Limits that were set to less than what is spent of them, so that no further call fits. */
export function exhaustedBy(
  { task, phase, agent, ...changed }: LimitChange,
  limits: readonly SpentLimit[],
): SpentLimit[] {
  const [part] = Object.entries({ task: task && toInstance(task).task, phase, agent }).filter(([, name]) => name);
  const of = part ? part.join('/') : 'run';
  return limits.filter(
    ({ scope, unit, limit, spent }) => scope === of && changed[unit] !== undefined && spent > 0 && spent >= limit,
  );
}
