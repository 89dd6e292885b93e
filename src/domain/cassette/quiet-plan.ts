import type { Agent, Plan, PlanTask, ToolRule } from '../plan/plan.ts';

/**
 * A plan for a replay in which nothing is done: people are asked for nothing, nothing is undone, and nobody judges.
 *
 * What people said is in the answers and results that are replayed; what judges said is not, as an evaluation is a run of its own.
 */
export function quietPlan(plan: Plan): Plan {
  const { evaluate: _, ...kept } = plan;
  const { bounds, workflows } = plan;
  return {
    ...kept,
    policy: plan.policy.map(quietRule),
    ...(bounds && { bounds: bounds.map((rules) => rules.map(quietRule)) }),
    tasks: plan.tasks.map((task): PlanTask => ({ ...task, compensate: null, approval: null })),
    agents: mapValues(plan.agents, quietAgent),
    ...(workflows && { workflows: mapValues(workflows, quietPlan) }),
  };
}

function quietAgent(agent: Agent): Agent {
  const { rules, bounds } = agent;
  return {
    ...agent,
    ...(rules && { rules: rules.map(quietRule) }),
    ...(bounds && { bounds: bounds.map((each) => each.map(quietRule)) }),
  };
}

function quietRule(rule: ToolRule): ToolRule {
  return rule.action === 'ask' ? { ...rule, action: 'allow' } : rule;
}

function mapValues<Value>(record: Record<string, Value>, to: (value: Value) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}
