import type { Agent, PlanTask } from './plan.ts';

type Overridden = Pick<PlanTask, 'agent' | 'overrides'>;
type Modelled = Pick<Agent, 'model' | 'provider'>;

/** The plan's agent of that name as it does a task: with the task's own model and length of answers, where it is the one that the task names. Undefined: there is no such agent. */
export function agentAtWork<A extends Modelled>(
  { agents }: { agents: Record<string, A> },
  name: string,
  task?: Overridden,
): A | undefined {
  const agent = Object.hasOwn(agents, name) ? agents[name]! : undefined;
  return agent && task?.agent === name ? withOverrides(agent, task.overrides) : agent;
}

/** An agent with what a task asks of its model instead. */
export function withOverrides<A extends Modelled>(agent: A, overrides: PlanTask['overrides']): A {
  if (!overrides) return agent;
  const { provider: _, ...rest } = agent;
  // A model comes with its provider, or is of the default one.
  return { ...(overrides.model === undefined ? agent : rest), ...overrides } as A;
}
