import { historyOf } from '../../client/start/task-history.ts';
import type { Session } from '../../client/connection/session.ts';
import { timeLeft } from '../../domain/analysis/time-left.ts';
import type { TaskHistory } from '../../domain/analysis/cost-range.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { RunState } from '../../domain/run/run-state.ts';

/** Says how long a run may still take, as soon as it is known what its workflow took before. */
export function estimateLeft(
  { store }: Pick<Session, 'store'>,
  plan: Plan,
  model: LaunchInfo['model'] | undefined,
): (state: RunState, now: number) => number | null {
  let history: Record<string, TaskHistory> | null = null;
  historyOf(store, plan.name, model).then(
    (found) => (history = found),
    // It is a comfort, and no reason to follow a run no more.
    () => undefined,
  );
  return (state, now) => (history ? timeLeft(plan, history, { state, now }) : null);
}
