import type { Plan, PlanTask, ToolRule } from './plan.ts';
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
  const bounds: ToolRule[][] = [...(around.bounds ?? []), ...(around.policy.length > 0 ? [around.policy] : [])];
  return {
    ...plan,
    workspace,
    limits: limitsWithin(around, plan, inherits),
    ...(within.length > 0 && { within }),
    ...(bounds.length > 0 && { bounds }),
  };
}

function limitsWithin(around: Plan, { limits }: Plan, inherits: WorkflowWork['inherits']): Plan['limits'] {
  const { usd, timeoutMs, onExceeded, tokens, usdPerMinute } = around.limits;
  return {
    ...limits,
    usd: inherits.includes('usd') ? usd : Math.min(usd, limits.usd),
    timeoutMs: inherits.includes('timeoutMs') ? timeoutMs : Math.min(timeoutMs, limits.timeoutMs),
    onExceeded: inherits.includes('onExceeded') ? onExceeded : limits.onExceeded,
    tokens: least(tokens, limits.tokens),
    usdPerMinute: least(usdPerMinute, limits.usdPerMinute),
  };
}

function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
