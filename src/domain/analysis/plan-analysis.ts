import type { CodingOutlook } from './coding-outlook.ts';
import { codingOutlook } from './coding-outlook.ts';
import type { CostRange, TaskHistory } from './cost-range.ts';
import { costRangeOf, historySpread, own, widthOf } from './cost-range.ts';
import type { CrewOutlook } from './crew-outlook.ts';
import { crewOutlook } from './crew-outlook.ts';
import type { CriticalPath } from '../plan/critical-path.ts';
import { criticalPath } from '../plan/critical-path.ts';
import type { FileConflict } from './file-conflicts.ts';
import { fileConflicts } from './file-conflicts.ts';
import { makespanOf } from './makespan.ts';
import { asPartOf } from '../plan/part-of-run.ts';
import type { Compensation, Plan, PlanTask, ToolRule } from '../plan/plan.ts';
import { slotRulesOf } from '../scheduling/slots.ts';
import { waves } from '../plan/waves.ts';
import { uncountable } from '../run/model-of-agent.ts';

/** What can be said of a plan before it runs. Plain JSON; times in ms, money in USD. */
export interface PlanAnalysis {
  /** Reported only: nothing waits for a wave. */
  waves: string[][];
  /** `totalMs` is null without earlier runs: then each task counts the same. */
  criticalPath: Omit<CriticalPath, 'totalMs'> & { totalMs: number | null };
  /** Who does what, and what begins first. */
  crew: CrewOutlook;
  /** How tasks are kept apart. Left out: all work in the folder itself. */
  coding?: CodingOutlook;
  /** Tasks that will wait for each other's files. */
  conflicts: FileConflict[];
  /** Whether `conflicts` are all. */
  hasAllConflicts: boolean;
  /** Whether the ranges rest on earlier runs (of some tasks, at least) or on prices and limits alone. */
  basis: 'history' | 'limits';
  cost: CostRange;
  duration: { lowMs: number; highMs: number };
  /** Workflows that are tasks of it, by what each of them will do. Left out: there are none. */
  workflows?: { tasks: string[]; name: string; analysis: PlanAnalysis }[];
  /** What would be undone, in this order, if all had ended and the run had to be undone. */
  compensations: { task: string; kind: Compensation['kind']; what: string }[];
  /** What people will be asked. `maybe`: only under a condition. */
  approvals: { task: string; at: 'before' | 'after'; by: string[]; needed: number; maybe: boolean }[];
  /** Tool calls that people will be asked about, as the policy has them. */
  toolApprovals: { tool: string; match: string | null; agents: string[]; by: string[]; needed: number }[];
  /** What the numbers leave open, in sentences for people. */
  notes: string[];
}

// Without earlier runs: a quick answer, and a slow turn with its tools.
const quickTurnMs = 2_000;
const slowTurnMs = 60_000;

/** Says what a plan will do: waves, critical path, conflicts, ranges of cost and duration, what can be undone, who will be asked. */
export function analysePlan(plan: Plan, { weights }: { weights: Record<string, TaskHistory> | null }): PlanAnalysis {
  const known = plan.tasks.filter(({ id }) => weights && own(weights, id));
  const durations = new Map(known.map(({ id }) => [id, weights![id]!.durationMs]));
  const path = criticalPath(plan.tasks, durations);
  const { conflicts, isComplete } = fileConflicts(plan.tasks);
  const coding = codingOutlook(plan);
  return {
    waves: waves(plan.tasks),
    criticalPath: { ...path, totalMs: known.length > 0 ? path.totalMs : null },
    crew: crewOutlook(plan),
    ...(coding && { coding }),
    conflicts,
    hasAllConflicts: isComplete,
    basis: known.length > 0 ? 'history' : 'limits',
    cost: costRangeOf(plan, weights),
    duration: durationRange(plan, weights),
    compensations: plan.tasks.flatMap(toUndo).reverse(),
    approvals: plan.tasks.flatMap(({ id, approval }) => {
      if (!approval) return [];
      const { at, by, needed, when } = approval;
      return [{ task: id, at, by, needed, maybe: when !== null }];
    }),
    toolApprovals: allRules(plan)
      .filter(({ action }) => action === 'ask')
      .map(({ tool, match, agents, approval: { by, needed } }) => ({ tool, match, agents, by, needed })),
    notes: notesOf(plan, weights),
    ...(plan.workflows && { workflows: nestedOf(plan) }),
  };
}

// Each once, however many tasks it is.
function nestedOf(plan: Plan): NonNullable<PlanAnalysis['workflows']> {
  return nestedPlans(plan).map(({ tasks, name, plan: nested }) => ({
    tasks,
    name,
    analysis: analysePlan(nested, { weights: null }),
  }));
}

/** The workflows that are tasks of a plan, each once, as they will be done. */
export function nestedPlans(plan: Plan): { tasks: string[]; name: string; plan: Plan }[] {
  const found = new Map<string, { tasks: string[]; name: string; plan: Plan }>();
  for (const task of plan.tasks) {
    if (task.work?.kind !== 'workflow') continue;
    const known = found.get(task.work.plan);
    if (known) known.tasks.push(task.id);
    else found.set(task.work.plan, { tasks: [task.id], name: task.work.name, plan: asPartOf(plan, task, task.work) });
  }
  return [...found.values()];
}

// An agent's own rules hold for it alone.
function allRules({ agents, policy }: Plan): ToolRule[] {
  const own = Object.values(agents).flatMap(({ name, rules = [] }) =>
    rules.map((rule) => ({ ...rule, agents: [name] })),
  );
  return [...policy, ...own];
}

function durationRange(plan: Plan, weights: Record<string, TaskHistory> | null): PlanAnalysis['duration'] {
  const byId = new Map(plan.tasks.map((task) => [task.id, task]));
  const tasks = plan.tasks.map((task) => ({
    ...task,
    weightMs: weights ? (own(weights, task.id)?.durationMs ?? 1) : 1,
  }));
  const { maxParallel, timeoutMs } = plan.limits;
  const schedulable = { tasks, phases: plan.phases, slots: slotRulesOf(plan) };
  const rangeOf = (id: string) => durationOf(plan, byId.get(id)!, weights && own(weights, id));
  const lowMs = makespanOf(schedulable, {
    maxParallel,
    loopsRunFully: false,
    durationMs: (id) => rangeOf(id).lowMs,
  });
  const isOpen = plan.tasks.some((task) => widthOf(task) === null && !(weights && own(weights, task.id)));
  const highMs = makespanOf(schedulable, {
    maxParallel,
    loopsRunFully: true,
    durationMs: (id) => rangeOf(id).highMs,
  });
  // Nobody knows how many items there will be: only the run's own limit is certain.
  const boundMs = isOpen ? timeoutMs : Math.min(timeoutMs, Math.round(highMs));
  return { lowMs: Math.min(boundMs, Math.round(lowMs)), highMs: boundMs };
}

function durationOf(plan: Plan, task: PlanTask, before: TaskHistory | null | undefined): PlanAnalysis['duration'] {
  if (before) {
    // What it took before holds all its iterations: playing through loops must not count them again.
    const phaseRounds = task.phase === null ? 1 : (plan.phases[task.phase]!.repeat?.max ?? 1);
    const rounds = phaseRounds * (task.repeat?.max ?? 1);
    return { lowMs: before.durationMs * historySpread.low, highMs: (before.durationMs * historySpread.high) / rounds };
  }
  const nested = task.work?.kind === 'workflow' ? durationRange(asPartOf(plan, task, task.work), null) : null;
  const turnsMs = nested?.highMs ?? (plan.agents[task.agent]?.maxTurns ?? 1) * slowTurnMs;
  const attemptMs = Math.min(task.timeoutMs ?? Infinity, turnsMs);
  const atOnce = Math.min(task.forEach?.size ?? Infinity, plan.limits.maxParallel);
  const rows = Math.ceil((widthOf(task) ?? 1) / atOnce);
  const mayBeNothing = task.when !== null || widthOf(task) === null;
  return {
    lowMs: mayBeNothing ? 0 : (nested?.lowMs ?? quickTurnMs) * rows,
    highMs: attemptMs * task.retry.maxAttempts * rows,
  };
}

function toUndo({ id, compensate }: PlanTask): PlanAnalysis['compensations'] {
  if (!compensate) return [];
  const { kind } = compensate;
  if (kind === 'bash') return [{ task: id, kind, what: compensate.command }];
  if (kind === 'prompt') return [{ task: id, kind, what: `${compensate.agent}: ${compensate.prompt}` }];
  return [{ task: id, kind, what: `${compensate.tool} ${JSON.stringify(compensate.input)}` }];
}

function notesOf(plan: Plan, weights: Record<string, TaskHistory> | null): string[] {
  const list = (ids: string[]) => (ids.length > 5 ? `${ids.slice(0, 5).join(', ')}, …` : ids.join(', '));
  const named = (tasks: PlanTask[]) => list(tasks.map(({ id }) => id));
  const wide = plan.tasks.filter((task) => widthOf(task) === null);
  const planners = plan.tasks.filter(({ decompose }) => decompose);
  const fresh = plan.tasks.filter(({ id }) => weights && !own(weights, id));
  const models = uncountable(plan);
  const asks = plan.tasks.some(({ approval }) => approval) || allRules(plan).some(({ action }) => action === 'ask');
  const notes = [
    wide.length > 0 && `how many items ${named(wide)} will have is known only once the run is there`,
    planners.length > 0 && `what ${named(planners)} will add is known only once the run is there`,
    models.length > 0 && `there is no price for ${list(models)}: the cost leaves it out, and it is not free`,
    weights && fresh.length > 0 && `no earlier run had ${named(fresh)}: their part rests on prices and limits`,
    asks && 'the duration leaves out how long people take to answer',
  ];
  return notes.filter((note) => typeof note === 'string');
}
