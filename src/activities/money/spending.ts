import { limitOfAgent, limitOfTask, toLimitInTheWay, toScopeLimits } from '../../calls/spend-limits.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { nameOfScope } from '../../domain/money/reached-limit.ts';
import type { Exceeded, ScopeLimit } from '../../store/journal/entry.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { Store } from '../../store/store.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { finalFailure } from '../base/to-failure.ts';

/** What the plan says of a limit below the run's own: `phase/NAME`, `task/ID` or `agent/NAME`; null: it has none there. */
export async function plannedScope(sql: Sql, run: FrozenRun, scope: string): Promise<ScopeLimit | null> {
  const { plan } = run;
  const [kind, ...rest] = scope.split('/');
  const name = rest.join('/');
  const limit =
    kind === 'phase'
      ? plan.phases.find((phase) => phase.name === name)?.limits
      : kind === 'agent'
        ? limitOfAgent(plan, name)
        : limitOfTask(plan, await taskDefinition(sql, run, name));
  return toScopeLimits(scope, limit)[0] ?? null;
}

/** Why a limit of a part of the run cannot be changed. Calls of a part without one count to the run alone, from its beginning on. */
export function noSuchLimit(scope: string): string {
  return `${nameOfScope(scope)} has no limit of its own in the plan, so there is none to change: the limits of the run hold for it`;
}

/** Tells the run's story of a limit that is in the way for good or for long, and makes the failure of it. */
export async function budgetExceeded(store: Store, run: FrozenRun, found: Exceeded, key: string): Promise<Error> {
  const { limit, text, event } = toLimitInTheWay(found, key);
  if (event) await store.events.append(run.runKey, [event]);
  return finalFailure(failureTypes.budgetExceeded, text, [limit]);
}
