import { UsageError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { hashOfPlan } from '../../definition/nested/hash-of-plan.ts';

/** Share of the money that is left to the run's evaluation where the run itself could take all of it. */
const evaluationShare = 0.2;

/**
 * The plan with limits of money at which a run of it, and the evaluation that it starts by itself, cost at most so much together.
 * Workflows that are tasks of it count to its own limit.
 *
 * @throws UsageError when that is no amount of money
 */
export function withMostUsd(plan: Plan, mostUsd: number): Plan {
  if (!Number.isFinite(mostUsd) || mostUsd <= 0)
    throw new UsageError(`\`mostUsd\` is ${mostUsd}: it must be an amount of money above 0.`);
  const { limits, workflows = {}, evaluate } = plan;
  const checks = evaluate?.plan ? workflows[evaluate.plan] : undefined;
  if (!evaluate || !checks) return { ...plan, limits: atMost(limits, mostUsd) };
  const left = Math.max(mostUsd * evaluationShare, mostUsd - limits.usd);
  const capped = { ...checks, limits: atMost(checks.limits, left) };
  const hash = hashOfPlan(capped);
  return {
    ...plan,
    limits: atMost(limits, mostUsd - capped.limits.usd),
    workflows: { ...workflows, [hash]: capped },
    evaluate: { ...evaluate, plan: hash },
  };
}

function atMost(limits: Plan['limits'], usd: number): Plan['limits'] {
  return { ...limits, usd: Math.min(limits.usd, usd) };
}
