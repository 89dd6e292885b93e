import type { Plan, PlanTask, SpendLimit } from '../domain/plan.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { toNanoUsd, toUsd } from '../domain/money.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { Exceeded, Scope } from '../store/journal-ledger.ts';
import type { Spent } from '../store/journal-statements.ts';
import type { Store } from '../store/store.ts';
import type { FrozenRun } from './frozen-run.ts';
import { planTaskId } from './task-definition.ts';
import { finalFailure } from './to-failure.ts';

/** Share of a limit from which on a run says so, once. */
const warningShare = 0.8;

/** What workflows learn of a limit that is in the way: the first detail of failure `BudgetExceeded`. Money in USD. */
export interface BudgetDetail {
  /** `run`, `phase/NAME`, `task/ID`, `agent/NAME`, or `speed` (USD per minute). */
  scope: string;
  unit: 'usd' | 'tokens';
  limit: number;
  spent: number;
  reserved: number;
  asked: number;
  /** ISO 8601: when it fits by waiting alone; null: never. */
  freeAt: string | null;
}

/** The limits below the run's own that a call for a task counts to: those of its phase, its task (with all attempts) and its agent. */
export function scopesOf(
  plan: Plan,
  task: PlanTask | undefined,
  { taskId, agent }: { taskId: string; agent: string },
): Scope[] {
  const phase = task?.phase === null || task?.phase === undefined ? undefined : plan.phases[task.phase];
  const ofAgent = Object.hasOwn(plan.limits.perAgent, agent) ? plan.limits.perAgent[agent] : undefined;
  return [
    ...(phase ? toScope(`phase/${phase.name}`, phase.limits) : []),
    ...toScope(`task/${planTaskId(taskId)}`, {
      usd: task?.limits.usd ?? plan.limits.perTask.usd,
      tokens: task?.limits.tokens ?? plan.limits.perTask.tokens,
    }),
    ...(ofAgent ? toScope(`agent/${agent}`, ofAgent) : []),
  ];
}

function toScope(scope: string, { usd, tokens }: SpendLimit): Scope[] {
  if (usd === null && tokens === null) return [];
  return [{ scope, limitNano: usd === null ? null : toNanoUsd(usd), limitTokens: tokens }];
}

/** Tells the run's story of a limit that is in the way, and makes the failure of it. */
export async function budgetExceeded(store: Store, run: FrozenRun, found: Exceeded, key: string): Promise<Error> {
  const text = describe(found);
  const spentUsd = found.unit === 'usd' ? toUsd(found.spent) : 0;
  const limitUsd = found.unit === 'usd' ? toUsd(found.limit) : 0;
  // Where time alone makes room, nothing else says until when.
  const detail = found.freeAt ? `${text}: ${wayOut(found)}` : text;
  const event = { type: 'budget:exceeded' as const, detail, spentUsd, limitUsd };
  // Raised and reached again is another event; asked again in vain is not.
  await store.events.append(run.runKey, [{ ...event, key: `budget/${key}/${found.scope}/${found.limit}` }]);
  return finalFailure(failureTypes.budgetExceeded, `${text}: ${wayOut(found)}`, [toDetail(found)]);
}

/** Events about limits of which most is spent now; each limit is told of once. */
export function warningsOf(spent: readonly Spent[], last: { nano: number; tokens: number }): RunEventDraft[] {
  return spent.flatMap(({ scope, nano, tokens, limitNano, limitTokens }) => {
    const isMoney = crosses(nano, last.nano, limitNano);
    if (!isMoney && !crosses(tokens, last.tokens, limitTokens)) return [];
    const used = isMoney ? `${dollars(nano)} of ${dollars(limitNano!)}` : `${tokens} of ${limitTokens} tokens`;
    const detail = `${nameOf(scope)}: ${used} are spent`;
    const key = `warning/${scope}/${isMoney ? `usd/${limitNano}` : `tokens/${limitTokens}`}`;
    return [{ type: 'budget:warning', key, detail, spentUsd: toUsd(nano), limitUsd: toUsd(limitNano ?? 0) }];
  });
}

// Calls of a run are settled one after the other, so exactly one of them goes over the mark.
function crosses(spent: number, last: number, limit: number | null): boolean {
  return limit !== null && spent >= limit * warningShare && spent - last < limit * warningShare;
}

function toDetail({ scope, unit, freeAt, ...amounts }: Exceeded): BudgetDetail {
  const convert = unit === 'usd' ? toUsd : (amount: number) => amount;
  const { limit, spent, reserved, asked } = amounts;
  return {
    ...{ scope, unit, freeAt },
    ...{ limit: convert(limit), spent: convert(spent), reserved: convert(reserved), asked: convert(asked) },
  };
}

function describe({ scope, unit, limit, spent, reserved, asked }: Exceeded): string {
  const head = scope === 'run' ? '' : `${nameOf(scope)}: `;
  if (unit === 'tokens') {
    return `${head}${spent} of ${limit} tokens are used and ${reserved} held back; the next call may use ${asked}`;
  }
  const within = scope === 'speed' ? ' within a minute' : '';
  return `${head}${dollars(spent)} of $${toUsd(limit).toFixed(2)} are spent${within} and ${dollars(reserved)} held back; the next call may cost ${dollars(asked)}`;
}

function wayOut({ scope, unit, freeAt }: Exceeded): string {
  if (scope === 'speed')
    return freeAt
      ? `it fits again at ${freeAt}, or with a higher limits.usd_per_minute`
      : 'raise limits.usd_per_minute to go on';
  return scope === 'run' ? `raise limits.${unit} to go on` : `its own limit of ${unit} is too small`;
}

function nameOf(scope: string): string {
  const [kind, ...name] = scope.split('/');
  return kind === 'run' ? 'the run' : kind === 'speed' ? 'speed' : `${kind} ${name.join('/')}`;
}

function dollars(nano: number): string {
  return `$${toUsd(nano).toFixed(4)}`;
}
