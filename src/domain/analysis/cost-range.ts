import { parseExpression } from '../expressions/expression.ts';
import { priceOf } from '../money/model-table.ts';
import type { ModelPrice } from '../money/model-table.ts';
import { toUsd } from '../money/money.ts';
import type { Agent, Plan, PlanTask, SpendLimit } from '../plan/plan.ts';

/** What a task took in earlier runs, all its items, iterations and attempts together. */
export interface TaskHistory {
  durationMs: number;
  costUsd: number;
}

/** From the least to the most, in USD. */
export interface CostRange {
  lowUsd: number;
  highUsd: number;
}

// A turn that does next to nothing: a short answer to a prompt of some tools' descriptions.
const shortAnswerTokens = 150;
const toolListTokens = 150;
const charactersPerToken = 4;
/** No model of the table reads more in one call. */
const longestInputTokens = 200_000;
/** How far a task is from what it took before, as a rule: factors. */
export const historySpread = { low: 0.6, high: 1.8 };

/** What a run of the plan costs at least and at most: its limits included, which nothing exceeds by more than the calls in flight. */
export function costRangeOf(plan: Plan, history: Record<string, TaskHistory> | null): CostRange {
  const ranges = plan.tasks.map((task) => ({ task, ...taskRange(plan, task, history) }));
  const sum = (of: typeof ranges, key: keyof CostRange) => of.reduce((total, range) => total + range[key], 0);
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
  const prices = Object.values(plan.agents).map(({ model }) => priceOf(model));
  const limitUsd = capOf({ usd: plan.limits.usd, tokens: plan.limits.tokens }, prices);
  const highUsd = rounded(Math.min(limitUsd, total(byPhase), total(byAgent)));
  return { lowUsd: Math.min(highUsd, rounded(sum(ranges, 'lowUsd'))), highUsd };
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
  const price = priceOf(plan.agents[task.agent]?.model ?? '');
  const limitUsd = Math.min(capOf(task.limits, [price]), capOf(plan.limits.perTask, [price]));
  const before = history && own(history, task.id);
  if (before) {
    const highUsd = Math.min(limitUsd, before.costUsd * historySpread.high);
    return { lowUsd: Math.min(highUsd, before.costUsd * historySpread.low), highUsd };
  }
  if (!price) return { lowUsd: 0, highUsd: 0 };
  const { short, longest } = turnCosts(plan, task, price);
  // A condition may be false, and a list empty.
  const lowUsd = task.when === null ? short * (widthOf(task) ?? 0) : 0;
  const highUsd = Math.min(limitUsd, longest * mostExecutions(plan, task) || 0);
  return { lowUsd: Math.min(lowUsd, highUsd), highUsd };
}

/** One short turn, and all turns of one execution with the longest answers, each read again by the turns after it; in USD. */
function turnCosts(plan: Plan, task: PlanTask, price: ModelPrice): { short: number; longest: number } {
  const agent = plan.agents[task.agent]!;
  const { maxTurns, maxTokens } = agent;
  const first = firstInputTokens(agent, task);
  const dearest = Math.max(price.input, price.cacheWrite);
  let longest = 0;
  for (let turn = 0; turn < maxTurns; turn++) {
    // Twice: what tools answer comes on top of what the model said.
    const input = Math.min(longestInputTokens, first + 2 * turn * maxTokens);
    longest += input * dearest + maxTokens * price.output;
  }
  const short = first * price.cacheRead + Math.min(shortAnswerTokens, maxTokens) * price.output;
  return { short: toUsd(short), longest: toUsd(longest) };
}

/** About what a task's first call sends. */
export function firstInputTokens({ system, tools }: Pick<Agent, 'system' | 'tools'>, { prompt }: PlanTask): number {
  return Math.ceil((system.length + prompt.length) / charactersPerToken) + tools.length * toolListTokens;
}

function capOf({ usd, tokens }: SpendLimit, prices: (ModelPrice | undefined)[]): number {
  const dearest = Math.max(...prices.map((price) => (price ? Math.max(price.output, price.cacheWrite) : 0)), 0);
  return Math.min(usd ?? Infinity, tokens === null ? Infinity : toUsd(tokens * dearest));
}

/** The entry of a record whose keys users choose. */
export function own<Value>(record: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function rounded(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}
