import type { Plan, PlanTask, ToolRule } from './plan.ts';
import type { SpendLimit } from './plan-limits.ts';
import type { WorkflowWork } from './task-work.ts';
import { foldersAround, workspaceOf } from './workspace.ts';

/**
 * The plan of a workflow as a task of a run: it has no more than that run has.
 *
 * Its workspace lies in the task's, its limits are at most those of the run, and the policies around it have their say beside its own.
 */
export function asPartOf(around: Plan, task: PlanTask, { plan: hash, folder, inherits }: WorkflowWork): Plan {
  const plan = around.workflows?.[hash];
  if (!plan) throw new Error(`the plan has no workflow ${hash}`);
  const { path } = workspaceOf(around, task);
  const workspace = folder === '' ? path : `${path}/${folder}`;
  const within = [...foldersAround(around, task), path].filter((each) => each !== workspace);
  const concurrency =
    around.concurrency && leastOfEach(around.concurrency, plan.concurrency ?? {}, (a, b) => Math.min(a, b));
  const bounds: ToolRule[][] = [...(around.bounds ?? []), ...(around.policy.length > 0 ? [around.policy] : [])];
  return {
    ...plan,
    workspace,
    limits: limitsWithin(around, plan, inherits),
    ...(concurrency && { concurrency }),
    ...(within.length > 0 && { within }),
    ...(bounds.length > 0 && { bounds }),
  };
}

type Counted = 'usd' | 'timeoutMs' | 'maxParallel' | 'maxDepth' | 'maxFanOut' | 'maxAddedTasks';

function limitsWithin({ limits: outer }: Plan, { limits }: Plan, inherits: WorkflowWork['inherits']): Plan['limits'] {
  const lesser = (name: Counted): number =>
    inherits.includes(name) ? outer[name] : Math.min(outer[name], limits[name]);
  return {
    ...limits,
    usd: lesser('usd'),
    timeoutMs: lesser('timeoutMs'),
    onExceeded: inherits.includes('onExceeded') ? outer.onExceeded : limits.onExceeded,
    tokens: least(outer.tokens, limits.tokens),
    usdPerMinute: least(outer.usdPerMinute, limits.usdPerMinute),
    maxParallel: lesser('maxParallel'),
    perTask: leastSpend(outer.perTask, limits.perTask),
    perAgent: leastOfEach(outer.perAgent, limits.perAgent, leastSpend),
    maxDepth: lesser('maxDepth'),
    maxFanOut: lesser('maxFanOut'),
    maxAddedTasks: lesser('maxAddedTasks'),
  };
}

function leastSpend(a: SpendLimit, b: SpendLimit): SpendLimit {
  return { usd: least(a.usd, b.usd), tokens: least(a.tokens, b.tokens) };
}

// By the names of agents, which may be those of properties of any object.
function leastOfEach<T>(a: Record<string, T>, b: Record<string, T>, lesser: (a: T, b: T) => T): Record<string, T> {
  const both = new Map(Object.entries(a));
  for (const [name, limit] of Object.entries(b)) {
    const other = both.get(name);
    both.set(name, other === undefined ? limit : lesser(other, limit));
  }
  return Object.fromEntries(both);
}

function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
