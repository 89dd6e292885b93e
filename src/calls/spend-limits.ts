import { toNanoUsd, toUsd } from '../domain/money/money.ts';
import type { ReachedLimit, SpentLimit } from '../domain/money/reached-limit.ts';
import { heldText, reachedText, tooMuchText, warningShare, warningText } from '../domain/money/reached-limit.ts';
import type { Plan, PlanTask } from '../domain/plan/plan.ts';
import type { SpendLimit } from '../domain/plan/plan-limits.ts';
import type { RunEventDraft } from '../domain/run/run-events.ts';
import { planTaskId } from '../domain/ids/worker-id.ts';
import type { Exceeded, ScopeLimit, Spent } from '../store/journal/entry.ts';
import { restMs } from '../store/journal/waiting-calls.ts';

/** The limits below the run's own that a call for a task counts to: those of its phase, its task (with all attempts) and its agent. */
export function scopesOf(
  plan: Plan,
  task: PlanTask | undefined,
  { taskId, agent }: { taskId: string; agent: string },
): ScopeLimit[] {
  const phase = task?.phase === null || task?.phase === undefined ? undefined : plan.phases[task.phase];
  return [
    ...(phase ? toScopeLimits(`phase/${phase.name}`, phase.limits) : []),
    ...toScopeLimits(`task/${planTaskId(taskId)}`, limitOfTask(plan, task)),
    ...toScopeLimits(`agent/${agent}`, limitOfAgent(plan, agent)),
  ];
}

/** What a plan says of the limit of a task; undefined: of one that it says nothing else of. */
export function limitOfTask({ limits: { perTask } }: Plan, task: PlanTask | undefined): SpendLimit {
  return { usd: task?.limits.usd ?? perTask.usd, tokens: task?.limits.tokens ?? perTask.tokens };
}

/** What a plan says of a limit of all that an agent does; undefined: nothing. */
export function limitOfAgent({ limits: { perAgent } }: Plan, agent: string): SpendLimit | undefined {
  return Object.hasOwn(perAgent, agent) ? perAgent[agent] : undefined;
}

/** A limit as the ledger has it; none where it limits nothing. */
export function toScopeLimits(scope: string, limit: SpendLimit | undefined): ScopeLimit[] {
  const { usd, tokens } = limit ?? { usd: null, tokens: null };
  if (usd === null && tokens === null) return [];
  return [{ scope, limitNano: usd === null ? null : toNanoUsd(usd), limitTokens: tokens }];
}

/** A limit that a call does not fit below, why in words, and what the run's story tells of it: nothing where it is in the way for a moment alone. */
export interface LimitInTheWay {
  limit: ReachedLimit;
  text: string;
  event: RunEventDraft | null;
}

/** What there is to say of a call that does not fit. `key`: the journal's. */
export function toLimitInTheWay(found: Exceeded, key: string): LimitInTheWay {
  if (found.isHeld) return heldBack(found);
  const limit = toReached(found);
  const text = reachedText(limit);
  const isMoney = limit.unit === 'usd';
  const event = {
    // Raised and reached again is another event; asked again in vain is not.
    key: `budget/${key}/${found.scope}/${found.limit}`,
    type: 'budget:exceeded' as const,
    // Where time alone makes room, nothing else says until when.
    detail: limit.freeAt ? text : tooMuchText(limit),
    spentUsd: isMoney ? limit.spent : 0,
    limitUsd: isMoney ? limit.limit : 0,
    limit,
  };
  return { limit, text, event };
}

// Nothing is in its way for good, so the run's story has no event of it.
function heldBack(found: Exceeded): LimitInTheWay {
  // Nobody calls up whoever waits for a limit of the run around it.
  const isAround = found.scope.split('/')[0] === 'around';
  const freeAt = new Date(Date.now() + (isAround ? aroundRestMs : restMs)).toISOString();
  const limit: ReachedLimit = { ...toReached(found), freeAt, isHeld: true };
  return { limit, text: heldText(limit), event: null };
}

/** How long a call rests for which the run around it has no room now, in ms. */
const aroundRestMs = 2000;

/** Events about limits of which most is spent now; each limit is told of once. */
export function warningsOf(spent: readonly Spent[], last: { nano: number; tokens: number }): RunEventDraft[] {
  return spent.flatMap(({ scope, nano, tokens, limitNano, limitTokens }) => {
    const isMoney = crosses(nano, last.nano, limitNano);
    if (!isMoney && !crosses(tokens, last.tokens, limitTokens)) return [];
    const limit: SpentLimit = isMoney
      ? { scope, unit: 'usd', limit: toUsd(limitNano!), spent: toUsd(nano) }
      : { scope, unit: 'tokens', limit: limitTokens!, spent: tokens };
    const key = `warning/${scope}/${isMoney ? `usd/${limitNano}` : `tokens/${limitTokens}`}`;
    const amounts = { spentUsd: toUsd(nano), limitUsd: toUsd(limitNano ?? 0), limit };
    return [{ type: 'budget:warning', key, detail: warningText(limit), ...amounts }];
  });
}

// Calls of a run are settled one after the other, so exactly one of them goes over the mark.
function crosses(spent: number, last: number, limit: number | null): boolean {
  return limit !== null && spent >= limit * warningShare && spent - last < limit * warningShare;
}

function toReached({ scope, unit, freeAt, ...amounts }: Exceeded): ReachedLimit {
  const convert = unit === 'usd' ? toUsd : (amount: number) => amount;
  const { limit, spent, reserved, asked } = amounts;
  return {
    scope,
    unit,
    freeAt,
    limit: convert(limit),
    spent: convert(spent),
    reserved: convert(reserved),
    asked: convert(asked),
  };
}
