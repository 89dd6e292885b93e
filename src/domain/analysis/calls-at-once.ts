import { mostOf } from '../money/model-price.ts';
import { withEachTier } from '../money/model-tiers.ts';
import { toUsd } from '../money/money.ts';
import type { Agent, Plan, PlanTask } from '../plan/plan.ts';
import { agentAtWork } from '../plan/agent-at-work.ts';
import { waves } from '../plan/waves.ts';
import { factsOf } from '../run/model-of-agent.ts';
import { firstInputTokens, own, widthOf } from './cost-range.ts';

/** A limit below which the calls that run at once do not fit together, or not even one. */
export interface TightLimit {
  /** As in a {@link LimitKey}. */
  scope: string;
  unit: 'usd' | 'tokens';
  /** In USD or tokens, as are the next three. */
  limit: number;
  /** What the dearest of them may take, and whose call that is. */
  call: number;
  agent: string;
  /** What all that run at once may take together, and how many those are. */
  together: number;
  calls: number;
  /** How many fit at once; 0: none ever does. */
  fit: number;
}

/** What one call of a task may take, first turn: later ones send more. */
interface Call {
  task: PlanTask;
  agent: Agent;
  usd: number;
  tokens: number;
  /** How many of its executions run at once. */
  count: number;
}

/** Limits of the plan that make calls wait for their turn, or that no call fits below; those of the whole run first. */
export function tightLimits(plan: Plan): TightLimit[] {
  const { limits, phases } = plan;
  const all = wavesOfCalls(plan);
  const found = [
    tightest('run', limits, all, limits.maxParallel),
    tightest('speed', { usd: limits.usdPerMinute, tokens: null }, all, limits.maxParallel),
    ...phases.map(({ name, limits: given }, index) => {
      const inPhase = all.map((calls) => calls.filter(({ task }) => task.phase === index));
      return tightest(`phase/${name}`, given, inPhase, limits.maxParallel);
    }),
    ...plan.tasks.map((task) => {
      const { usd, tokens } = limits.perTask;
      const given = { usd: task.limits.usd ?? usd, tokens: task.limits.tokens ?? tokens };
      const ofTask = all.map((calls) => calls.filter((call) => call.task === task));
      return tightest(`task/${task.id}`, given, ofTask, limits.maxParallel);
    }),
    ...Object.keys(plan.agents).map((name) => {
      const given = own(limits.perAgent, name) ?? { usd: null, tokens: null };
      const ofAgent = all.map((calls) => calls.filter(({ agent }) => agent.name === name));
      return tightest(`agent/${name}`, given, ofAgent, limits.maxParallel);
    }),
  ];
  return found.flat();
}

function wavesOfCalls(plan: Plan): Call[][] {
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  return waves(plan.tasks).map((ids) => ids.flatMap((id) => callOf(plan, tasks.get(id)!) ?? []));
}

function callOf(plan: Plan, task: PlanTask): Call | null {
  const { limits } = plan;
  const agent = agentAtWork(plan, task.agent, task);
  if (!agent) return null;
  const prices = withEachTier(agent, plan.tiers).flatMap((each) => factsOf(plan, each)?.price ?? []);
  const input = firstInputTokens(agent, task);
  const count = Math.min(widthOf(task) ?? Infinity, task.forEach?.size ?? Infinity, limits.maxParallel);
  return {
    task,
    agent,
    usd: Math.max(0, ...prices.map((price) => toUsd(mostOf(price, input, { answerTokens: agent.maxTokens })))),
    tokens: input + agent.maxTokens,
    count,
  };
}

function tightest(
  scope: string,
  limits: { usd: number | null; tokens: number | null },
  all: readonly Call[][],
  maxParallel: number,
): TightLimit[] {
  return (['usd', 'tokens'] as const).flatMap((unit) => {
    const limit = limits[unit];
    if (limit === null) return [];
    const tight = all.flatMap((calls) => tightIn(calls, { scope, unit, limit }, maxParallel) ?? []);
    return tight.toSorted((a, b) => b.together - a.together).slice(0, 1);
  });
}

function tightIn(
  calls: readonly Call[],
  { scope, unit, limit }: Pick<TightLimit, 'scope' | 'unit' | 'limit'>,
  maxParallel: number,
): TightLimit | null {
  const dearestFirst = calls.toSorted((a, b) => b[unit] - a[unit]);
  const each = dearestFirst
    .flatMap((call) => Array.from({ length: call.count }, () => call[unit]))
    .slice(0, maxParallel);
  const together = each.reduce((sum, amount) => sum + amount, 0);
  const first = dearestFirst[0];
  if (!first || together <= limit) return null;
  let [fit, left] = [0, limit];
  for (const amount of each) if ((left -= amount) >= 0) fit++;
  return { scope, unit, limit, call: first[unit], agent: first.agent.name, together, calls: each.length, fit };
}
