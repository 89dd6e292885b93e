import { parseExpression } from '../expressions/expression.ts';
import type { ModelFacts, ModelPrice } from '../model-facts.ts';
import { mostOf, ratesOf } from '../money/model-price.ts';
import { withEachTier } from '../money/model-tiers.ts';
import { toUsd } from '../money/money.ts';
import { agentAtWork } from '../plan/agent-at-work.ts';
import { dataNote } from '../plan/data-note.ts';
import { asPartOf } from '../plan/part-of-run.ts';
import type { Agent, Plan, PlanTask } from '../plan/plan.ts';
import type { SpendLimit } from '../plan/plan-limits.ts';
import type { WorkflowWork } from '../plan/task-work.ts';
import { factsOf, uncountable } from '../run/model-of-agent.ts';
import { agentsAtWork } from '../run/models-at-work.ts';

/** What a task took in earlier runs, all its items, iterations and attempts together. */
export interface TaskHistory {
  durationMs: number;
  costUsd: number;
}

/** From the least to the most, in USD. */
export interface CostRange {
  lowUsd: number;
  highUsd: number;
  /** Some of its models have no price that anybody knows: what they cost is in neither. Left out: all have. */
  isUncounted?: true;
}

// A turn that does next to nothing: a short answer to a prompt of some tools' descriptions.
const shortAnswerTokens = 150;
const toolListTokens = 150;
const charactersPerToken = 4;
/** Where nobody says how much a model reads in one call. */
const longestInputTokens = 200_000;
/** How far a task is from what it took before, as a rule: factors. */
export const historySpread = { low: 0.6, high: 1.8 };

/** What a run of the plan costs at least and at most: its limits included, which nothing exceeds by more than the calls in flight. */
export function costRangeOf(plan: Plan, history: Record<string, TaskHistory> | null): CostRange {
  const ranges = plan.tasks.map((task) => ({ task, ...taskRange(plan, task, history) }));
  const sum = (of: typeof ranges, key: 'lowUsd' | 'highUsd') => of.reduce((total, range) => total + range[key], 0);
  const byPhase = [null, ...plan.phases.keys()].map((phase) => {
    const usd = sum(
      ranges.filter(({ task }) => task.phase === phase),
      'highUsd',
    );
    return phase === null ? usd : Math.min(usd, plan.phases[phase]!.limits.usd ?? Infinity);
  });
  const byAgent = Object.keys(plan.agents).map((agent) => {
    const usd = sum(
      ranges.filter(({ task }) => task.agent === agent),
      'highUsd',
    );
    return Math.min(usd, own(plan.limits.perAgent, agent)?.usd ?? Infinity);
  });
  const total = (amounts: number[]) => amounts.reduce((all, usd) => all + usd, 0);
  const prices = agentsAtWork(plan).map((agent) => factsOf(plan, agent)?.price ?? undefined);
  const limitUsd = capOf({ usd: plan.limits.usd, tokens: plan.limits.tokens }, prices);
  // What no agent does, no limit of an agent bounds.
  const besides = sum(
    ranges.filter(({ task }) => task.work),
    'highUsd',
  );
  const highUsd = rounded(Math.min(limitUsd, total(byPhase), total(byAgent) + besides));
  const lowUsd = Math.min(highUsd, rounded(sum(ranges, 'lowUsd')));
  return { lowUsd, highUsd, ...(uncountable(plan).length > 0 && { isUncounted: true }) };
}

/** How many items a task has: 1 without a `for_each`, null where only the run will know. */
export function widthOf({ forEach }: Pick<PlanTask, 'forEach'>): number | null {
  if (!forEach) return 1;
  const { constant } = parseExpression(forEach.items);
  return Array.isArray(constant) ? constant.length : null;
}

/** How often a task runs at most, attempts of a person aside; infinite with a `for_each` whose width nobody knows yet. */
function mostExecutions({ phases }: Plan, task: PlanTask): number {
  const { phase, repeat, retry } = task;
  const phaseRounds = phase === null ? 1 : (phases[phase]!.repeat?.max ?? 1);
  return (widthOf(task) ?? Infinity) * phaseRounds * (repeat?.max ?? 1) * retry.maxAttempts;
}

function taskRange(plan: Plan, task: PlanTask, history: Record<string, TaskHistory> | null): CostRange {
  if (task.work?.kind === 'workflow' && !(history && own(history, task.id))) return nestedRange(plan, task, task.work);
  const agent = agentAtWork(plan, task.agent, task);
  const known = agent ? withEachTier(agent, plan.tiers).map((each) => factsOf(plan, each)) : [];
  const prices = known.map((facts) => facts?.price ?? undefined);
  const limitUsd = Math.min(capOf(task.limits, prices), capOf(plan.limits.perTask, prices));
  const before = history && own(history, task.id);
  if (before) {
    const highUsd = Math.min(limitUsd, before.costUsd * historySpread.high);
    return { lowUsd: Math.min(highUsd, before.costUsd * historySpread.low), highUsd };
  }
  const costs = known.flatMap((facts) =>
    facts?.price ? turnCosts(agent!, task, { window: facts.window, price: facts.price }) : { short: 0, longest: 0 },
  );
  if (costs.length === 0) return { lowUsd: 0, highUsd: 0 };
  // Of a model that is chosen as the run goes on, the cheapest and the dearest.
  const short = Math.min(...costs.map((cost) => cost.short));
  const longest = Math.max(...costs.map((cost) => cost.longest));
  // A condition may be false, and a list empty.
  const lowUsd = task.when === null ? short * (widthOf(task) ?? 0) : 0;
  const highUsd = Math.min(limitUsd, longest * mostExecutions(plan, task) || 0);
  return { lowUsd: Math.min(lowUsd, highUsd), highUsd };
}

function nestedRange(plan: Plan, task: PlanTask, work: WorkflowWork): CostRange {
  const { lowUsd, highUsd } = costRangeOf(asPartOf(plan, task, work), null);
  const most = Math.min(task.limits.usd ?? Infinity, highUsd * mostExecutions(plan, task) || 0);
  return { lowUsd: task.when === null ? Math.min(most, lowUsd * (widthOf(task) ?? 0)) : 0, highUsd: most };
}

/** One short turn, and all turns of one execution with the longest answers, each read again by the turns after it; in USD. */
function turnCosts(
  agent: Agent,
  task: PlanTask,
  { price, window }: Pick<ModelFacts, 'window'> & { price: ModelPrice },
): { short: number; longest: number } {
  const { maxTurns, maxTokens } = agent;
  const first = firstInputTokens(agent, task);
  let longest = 0;
  for (let turn = 0; turn < maxTurns; turn++) {
    // Twice: what tools answer comes on top of what the model said.
    const input = Math.min(window ?? longestInputTokens, first + 2 * turn * maxTokens);
    longest += mostOf(price, input, { answerTokens: maxTokens });
  }
  const rates = ratesOf(price, first);
  const short = first * rates.cacheRead + Math.min(shortAnswerTokens, maxTokens) * rates.output;
  return { short: toUsd(short), longest: toUsd(longest) };
}

/** About what a task's first call sends. */
export function firstInputTokens(
  { system, tools }: Pick<Agent, 'system' | 'tools'>,
  { prompt, data }: PlanTask,
): number {
  const length = system.length + prompt.length + (data ? dataNote(data).length : 0);
  return Math.ceil(length / charactersPerToken) + tools.length * toolListTokens;
}

function capOf({ usd, tokens }: SpendLimit, prices: (ModelPrice | undefined)[]): number {
  const dearest = Math.max(...prices.map((price) => (price ? dearestOf(price) : 0)), 0);
  return Math.min(usd ?? Infinity, tokens === null ? Infinity : toUsd(tokens * dearest));
}

function dearestOf(price: ModelPrice): number {
  return Math.max(...[price, price.long ?? price].flatMap(({ output, cacheWrite }) => [output, cacheWrite]));
}

/** The entry of a record whose keys users choose. */
export function own<Value>(record: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function rounded(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}
