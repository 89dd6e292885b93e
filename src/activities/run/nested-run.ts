import type { Lineage, RunAround } from '../../contracts/orchestrate-input.ts';
import { toNestedRunId } from '../../domain/ids/child-id.ts';
import { planTaskId } from '../../domain/ids/worker-id.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { toPromptText } from '../../domain/expressions/expression.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { asPartOf } from '../../domain/plan/part-of-run.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { TaskWork, WorkflowWork } from '../../domain/plan/task-work.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import { hashOf } from '../../store/database/canonical-json.ts';
import { openScopes } from '../../store/journal/ledger.ts';
import { appendNew, isTold } from '../../store/run/events.ts';
import { findFrozen } from '../../store/run/frozen-row.ts';
import { findBegun, nestedRuns } from '../../store/run/nested-runs.ts';
import type { InheritedLimit } from '../../store/run/run-settings.ts';
import type { ParentOfRun } from '../../store/runs.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import { scopesOf } from '../../calls/spend-limits.ts';

/** A run as a task of another one. */
export interface NestedRun {
  plan: Plan;
  launch: LaunchInfo | null;
  lineage: Lineage | null;
  board: string;
  parent: ParentOfRun;
}

/**
 * What a run is made of that is a task of another one: its plan stands in the plan there, its inputs in what the task began with.
 *
 * @throws Error whose message says what is wrong
 */
export async function findNested(
  { store: { sql }, readInput }: Pick<ActivityDependencies, 'store' | 'readInput'>,
  { runKey, runId, taskId, attempt }: RunAround,
  nestedId: string,
): Promise<NestedRun> {
  const around = await findFrozen(sql, runKey);
  const id = planTaskId(taskId);
  const task = around?.plan.tasks.find((each) => each.id === id);
  const { work } = task ?? {};
  if (
    !around ||
    around.runId !== runId ||
    !task ||
    work?.kind !== 'workflow' ||
    nestedId !== toNestedRunId(runId, taskId, attempt)
  )
    throw new Error(`within: there is no run ${runId} of which ${nestedId} is a task`);
  const begun = await findBegun(sql, around.no, taskId);
  if (!begun || (await isTold(sql, around.no, 'end')))
    throw new Error(`within: the task ${taskId} of the run ${runId} is not at work`);
  const given = parseInputs(begun.prompt);
  const part = asPartOf(around.plan, task, work);
  checkSettled(part, work, given);
  const plan = withInputs(part, given, readInput);
  const scopes = scopesOf(around.plan, task, { taskId, agent: task.agent });
  const { launch, board, no } = around;
  const lineage = await lineageOf(sql, around, { runKey, taskId });
  const inherits = inheritedBy(around.plan.workflows![work.plan]!, work);
  return { plan, launch, board, lineage, parent: { no, taskId, attempt, scopes, agent: task.agent, inherits } };
}

function inheritedBy({ limits }: Plan, { inherits }: WorkflowWork): InheritedLimit[] {
  const isOpen = {
    usd: inherits.includes('usd'),
    tokens: limits.tokens === null,
    usdPerMinute: limits.usdPerMinute === null,
  };
  return (Object.keys(isOpen) as InheritedLimit[]).filter((limit) => isOpen[limit]);
}

// Where the attempt before did a part of it, or the run around goes on from an earlier one, what was done is not done again.
async function lineageOf(
  sql: Sql,
  { lineage }: { lineage: Lineage | null },
  { runKey, taskId }: { runKey: string; taskId: string },
): Promise<Lineage | null> {
  const [before] = await nestedRuns(sql, runKey, taskId);
  const whole = { from: null, redo: [], only: null };
  if (before && before.status !== 'succeeded')
    return { kind: 'retry', run: before.runId, runKey: before.runKey, ...whole };
  if (before || !lineage) return null;
  const [earlier] = await nestedRuns(sql, lineage.runKey, taskId);
  if (!earlier || lineage.redo.includes(taskId)) return null;
  const { kind, filesChanged } = lineage;
  return {
    kind,
    run: earlier.runId,
    runKey: earlier.runKey,
    ...whole,
    ...(filesChanged !== undefined && { filesChanged }),
  };
}

function withInputs({ openInputs = {}, ...plan }: Plan, given: JsonObject, readInput: ReadInput): Plan {
  const inputs = { ...plan.inputs };
  for (const [name, declaration] of Object.entries(openInputs)) {
    const value = given[name] ?? null;
    const isText = (declaration['type'] ?? 'string') === 'string';
    const read = readInput(name, isText && typeof value !== 'string' ? toPromptText(value) : value, declaration);
    if ('problem' in read) throw new Error(read.problem);
    inputs[name] = read.value;
  }
  return { ...plan, inputs };
}

// Whoever edited what the task begins with can change what was left open; the rest went into the plan.
function checkSettled({ openInputs = {} }: Plan, { input, holes }: TaskWork, given: JsonObject): void {
  const open = Object.keys(openInputs);
  const isKept = (name: string): boolean =>
    holes.some(({ path }) => path[0] === name) || hashOf(given[name] ?? null) === hashOf(input[name] ?? null);
  const changed = Object.keys(given).find((name) => !open.includes(name) && !isKept(name));
  if (changed === undefined) return;
  const rest = open.length === 0 ? 'none of its inputs' : `only ${open.join(', ')}`;
  throw new Error(
    `the input ${JSON.stringify(changed.slice(0, 100))} of the workflow was settled when the run started: ${rest} can be changed now`,
  );
}

function parseInputs(prompt: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(prompt) as JsonValue;
  } catch {
    throw new Error(`the inputs of the workflow are no JSON: ${prompt.slice(0, 200)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`the inputs of the workflow must be an object, but are ${prompt.slice(0, 200)}`);
  return value;
}

type ReadInput = ActivityDependencies['readInput'];

/** Opens the limits of the run around that a run counts to, and tells there that its task has started. */
export async function tellParent(sql: Sql, runId: string, parent: ParentOfRun): Promise<void> {
  const { no, taskId, attempt, scopes, agent } = parent;
  await openScopes(sql, no, scopes);
  const key = `start/${toAttemptId(taskId, attempt)}`;
  const description = `run ${runId}`;
  await appendNew(sql, no, [{ key, type: 'task:start', taskId, agentName: agent, description, attempt }]);
}
