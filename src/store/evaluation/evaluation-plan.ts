import { toPromptText } from '../../domain/expressions/expression.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { PlanCheck } from '../../domain/plan/plan-checks.ts';
import { evaluationUsd } from '../../domain/plan/plan-checks.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { RunEnd } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import { findFrozen } from '../run/frozen-row.ts';
import { findResult } from '../run/run-result.ts';
import { StoreError } from '../store.ts';
import { createTaskFacts } from '../task/task-facts.ts';
import { buildScope } from '../task/task-scope.ts';
import type { MeasuredTask } from './task-measures.ts';
import { measureTasks } from './task-measures.ts';

/*
 * E1 What agents wrote reaches a judge as data of its task, which nothing in it can end, and never as a prompt.
 * E2 A judge has no tools, and commands run under the policies of the run that they look at.
 */

/** Longest result that a judge sees, and all of them together, in characters. */
const longestResult = 60_000;
const longestResults = 600_000;

/** A run that has ended, as evaluations look at it. */
export interface RunToEvaluate {
  no: number;
  runId: string;
  runKey: string;
  board: string;
  plan: Plan;
}

/** The plan of a run that evaluates an ended run: its tasks are the checks that commands and judges do. */
export async function toEvaluationPlan(sql: Sql, run: RunToEvaluate, status: RunEnd): Promise<Plan> {
  const { plan, runId, runKey } = run;
  const { checks, plan: hash } = plan.evaluate ?? { checks: [], plan: null };
  const inner = (hash !== null && plan.workflows?.[hash]) || emptyPlan(plan);
  const measured = await measureTasks(sql, run.no);
  const asked = checks.filter((check) => isDoable(check, measured));
  const results = await resultsOf(sql, run, asked);
  const judges = asked.filter(({ kind }) => kind === 'judge').length;
  const longest = Math.min(longestResult, Math.floor(longestResults / Math.max(1, judges)));
  const tasks = asked.flatMap((check) => {
    const task = inner.tasks.find(({ id }) => id === check.name);
    if (!task) return [];
    return check.kind === 'judge' ? { ...task, data: dataFor(check, { plan, status, results, longest }) } : task;
  });
  const bounds = [...(plan.bounds ?? []), ...(plan.policy.length > 0 ? [plan.policy] : [])];
  return {
    ...inner,
    name: `evaluation of ${plan.name}`.slice(0, 100),
    description: `Evaluation of the run ${runId}`,
    workspace: plan.workspace,
    ...(plan.folders && { folders: plan.folders }),
    ...(bounds.length > 0 && { bounds }),
    tasks,
    evaluates: { runId, runKey, checks },
  };
}

/** The same of a run by its key. @throws StoreError `not-found` when there is no such run, or it has no result */
export async function evaluationPlan(sql: Sql, runKey: string): Promise<Plan> {
  const row = await findFrozen(sql, runKey);
  const result = row && (await findResult(sql, row.no, { isLocked: false }));
  if (!result) throw new StoreError('not-found', `the store knows no result of a run ${runKey}`);
  return toEvaluationPlan(sql, { ...row, runKey }, result.status);
}

/** What came out of tasks of a run, by their ids in the plan: as expressions see it. */
export async function resultsOf(
  sql: Sql,
  { no, board, plan }: Pick<RunToEvaluate, 'no' | 'board' | 'plan'>,
  checks: readonly Pick<PlanCheck, 'task'>[],
): Promise<Record<string, JsonValue>> {
  const named = [...new Set(checks.flatMap(({ task }) => task ?? plan.tasks.map(({ id }) => id)))];
  const facts = createTaskFacts(sql, { no, board, digests: new Map() });
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  const sources = named.map((id) => `tasks[${JSON.stringify(id)}].output`);
  const scope = await buildScope({ plan, tasks }, facts, { sources, local: {} });
  return scope['tasks'] as Record<string, JsonValue>;
}

// What is about a task that did not succeed is not looked at: it is bad whatever it left.
function isDoable({ kind, task }: PlanCheck, measured: ReadonlyMap<string, MeasuredTask>): boolean {
  if (kind !== 'command' && kind !== 'judge') return false;
  if (task === null) return true;
  const status = measured.get(task)?.status;
  return status === 'succeeded' || status === 'reused';
}

interface Judged {
  plan: Plan;
  status: RunEnd;
  results: Record<string, JsonValue>;
  longest: number;
}

// E1
function dataFor({ task: id }: PlanCheck, { plan, status, results, longest }: Judged): JsonObject {
  if (id !== null) {
    const { prompt } = plan.tasks.find((task) => task.id === id)!;
    const output = (results[id] as JsonObject | null)?.['output'] ?? null;
    return { task: id, asked: cut(prompt, 4000), result: shortened(output, longest) };
  }
  const each = Math.floor(longest / Math.max(1, plan.tasks.length));
  const tasks = plan.tasks.map((task) => [task.id, taskData(task, results, each)]);
  return {
    workflow: plan.name,
    about: cut(plan.description, 2000),
    status,
    tasks: Object.fromEntries(tasks) as JsonObject,
  };
}

function taskData({ id, prompt }: PlanTask, results: Record<string, JsonValue>, longest: number): JsonObject {
  const { status = null, output = null } = (results[id] ?? {}) as JsonObject;
  return { status, asked: cut(prompt, 500), result: shortened(output, longest) };
}

function shortened(value: JsonValue, longest: number): JsonValue {
  const text = toPromptText(value);
  return text.length <= longest ? value : cut(text, longest);
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}… (${text.length} characters)`;
}

function emptyPlan({ workspace }: Plan): Plan {
  const { limits, context, run } = planDefaults;
  return {
    ...{ version: 1, name: '', description: '', manager: null, defaultAgent: null, workspace, inputs: {} },
    limits: { ...limits, perAgent: {}, usd: evaluationUsd },
    context: { ...context },
    ...run,
    ...{ policy: [], phases: [], tasks: [], agents: {} },
  };
}
