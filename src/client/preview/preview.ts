/*
 * What a fork or a retry would do, found out by what starts it: nothing is started and nothing is made.
 */
import { costRangeOf } from '../../domain/analysis/cost-range.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { withDescendants } from '../../domain/plan/descendants.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { isScriptPlan } from '../../domain/plan/scripts.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import type { PlannedReuse } from '../start/from-run.ts';
import { leftToDo } from './left-to-do.ts';
import { historyOf } from '../start/task-history.ts';
import { whyAnew, type AboutAnew } from './why-anew.ts';

/** A task of a run that is not started yet. */
interface PreviewedTask {
  /** Of a `for_each` of which members are reused, the member. */
  id: string;
  agent: string;
  /** `stays`: a retry in place leaves it as it is. */
  fate: 'reused' | 'anew' | 'stays';
  /** In words. */
  why: string;
  /** Reused: what was paid for it. Anew: what it cost in earlier runs, as a rule; null: nobody knows. */
  costUsd: number | null;
  /** The same in ms. */
  durationMs: number | null;
}

/** What a fork or a retry would do. Money in USD, times in ms. */
export interface RunPreview {
  run: string;
  kind: 'fork' | 'retry';
  /** Nothing new is started: the run goes on, and does it itself. */
  isInPlace: boolean;
  /** In executions: members of a `for_each` one by one, where they are known. */
  counts: { reused: number; anew: number; stays: number };
  /** In the order of the plan, what is done anew first; at most 300. */
  tasks: PreviewedTask[];
  /** What was paid for what is reused. */
  savedUsd: number;
  /** What the rest may cost; null: a script decides as it runs what it asks. */
  expected: { lowUsd: number; highUsd: number; isUncounted?: true } | null;
  /** How many tasks that are done anew never ended in an earlier run: of these the price of their models is all that is known. */
  untried: number;
  /** What should be known before it starts, in words. */
  warnings: string[];
}

/** A run that would go on from an earlier one. */
interface Derived {
  row: RunRow;
  state: RunState;
  before: Plan;
  plan: Plan;
  reused: readonly PlannedReuse[];
  lineage: AboutAnew['lineage'];
  leavesFiles?: boolean;
}

const mostTasks = 300;

/** What a run that is prepared would do. */
export async function previewOf(session: Session, derived: Derived): Promise<RunPreview> {
  const { row, state, plan, reused, lineage, before } = derived;
  const history = await historyOf(session.store, plan.name);
  const left = plan.tasks.flatMap((task) => leftToDo(task.id, reused).map((id) => ({ id, task })));
  const reusedTasks = reused.map(({ id, task, from, run }): PreviewedTask => {
    const paid = state.tasks.get(from);
    const why = run === row.runId ? 'nothing that it reads has changed' : `taken over from ${run}`;
    const agent = plan.tasks.find((each) => each.id === task)?.agent ?? '';
    return { id, agent, fate: 'reused', why, costUsd: paid?.costUsd ?? null, durationMs: null };
  });
  const isAnew = new Set(left.map(({ task }) => task.id));
  const anew = left.map(({ id, task }): PreviewedTask => {
    // What is known of a task is of all its members.
    const known = id === task.id ? history?.[id] : undefined;
    const why = whyAnew(task, { before, plan, state, lineage, isAnew }, id);
    const costs = { costUsd: known?.costUsd ?? null, durationMs: known?.durationMs ?? null };
    return { id, agent: task.agent, fate: 'anew', why, ...costs };
  });
  return {
    ...{ run: row.runId, kind: lineage.kind === 'fork' ? 'fork' : 'retry', isInPlace: false },
    counts: { reused: reused.length, anew: anew.length, stays: 0 },
    tasks: [...anew, ...reusedTasks].slice(0, mostTasks),
    savedUsd: reusedTasks.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0),
    ...expectedOf(plan, isAnew, { before, history }),
    warnings: warningsOf(derived),
  };
}

/** What a retry would do in a run that goes on. @param named the tasks that are done anew; `follow`: with all that depends on them */
export async function previewInPlace(
  session: Session,
  row: RunRow,
  { task, from }: { task?: string | undefined; from?: string | undefined },
): Promise<RunPreview> {
  const { store } = session;
  const [plan, state] = await Promise.all([store.runs.plan(row.planHash), store.events.state(row.runKey)]);
  const history = await historyOf(store, plan.name);
  const failed = [...state.tasks.values()].filter(({ status }) => status === 'failed').map(({ id }) => id);
  const named = task ?? from;
  const first = named === undefined ? failed : [named];
  const follow = from === undefined ? [] : withDescendants(plan, toInstance(from).task);
  const isAnew = new Set([...first, ...follow]);
  const known = inPlaceTasks(isAnew, [...state.tasks.keys()]);
  const tasks = known.map((id): PreviewedTask => {
    const agent = state.tasks.get(id)?.agent ?? plan.tasks.find((each) => each.id === id)?.agent ?? '';
    if (!isAnew.has(id)) return { id, agent, fate: 'stays', why: 'it stays as it is', costUsd: null, durationMs: null };
    const { costUsd = null, durationMs = null } = history?.[toInstance(id).task] ?? {};
    const why = !first.includes(id) ? `it depends on ${from}` : named === undefined ? 'it failed' : 'you named it';
    return { id, agent, fate: 'anew', why, costUsd, durationMs };
  });
  const plain = new Set([...isAnew].map((id) => toInstance(id).task));
  return {
    ...{ run: row.runId, kind: 'retry', isInPlace: true },
    counts: { reused: 0, anew: isAnew.size, stays: tasks.length - isAnew.size },
    tasks: tasks.slice(0, mostTasks),
    savedUsd: 0,
    ...expectedOf(plan, plain, { before: plan, history }),
    warnings: [],
  };
}

/** Once each: members of a group that is done anew go with it, and a group that stays is its members. */
function inPlaceTasks(isAnew: ReadonlySet<string>, told: readonly string[]): string[] {
  const isMember = (id: string): boolean => toInstance(id).item !== null;
  const groups = new Set(told.filter(isMember).map((id) => toInstance(id).task));
  const stays = told.filter(
    (id) => !isAnew.has(id) && !groups.has(id) && !(isMember(id) && isAnew.has(toInstance(id).task)),
  );
  return [...isAnew, ...stays];
}

type History = Awaited<ReturnType<typeof historyOf>>;

/** What tasks took before says nothing of them with another model. */
function expectedOf(
  plan: Plan,
  anew: ReadonlySet<string>,
  { before, history }: { before: Plan; history: History },
): Pick<RunPreview, 'expected' | 'untried'> {
  if (isScriptPlan(plan)) return { expected: null, untried: 0 };
  const tasks = plan.tasks.filter(({ id }) => anew.has(id));
  const fitting = tasks.filter(
    ({ id, agent }) => history?.[id] && before.agents[agent]?.model === plan.agents[agent]?.model,
  );
  const used = Object.fromEntries(fitting.map(({ id }) => [id, history![id]!]));
  return { expected: costRangeOf({ ...plan, tasks }, used), untried: tasks.length - fitting.length };
}

function warningsOf({ plan, lineage, leavesFiles, row }: Derived): string[] {
  const { filesChanged } = lineage;
  const files =
    filesChanged === undefined || filesChanged === null
      ? []
      : [`Files have changed since ${row.runId}: ${filesChanged}.`];
  const script = isScriptPlan(plan)
    ? ['A script decides as it runs what it asks: whatever it asks the same way as before is taken over.']
    : [];
  const left = leavesFiles
    ? [
        `The files stay as they are now, not as they were at ${lineage.from ?? 'that point'}: with a worktree it works on those.`,
      ]
    : [];
  return [...files, ...script, ...left];
}
