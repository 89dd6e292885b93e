/*
 * C1 A try to undo is journaled as `undo:ID/EPOCH`, or `undo:ID/EPOCH/TRIED` by a rollback after others: done is done, whoever repeats it.
 *    Only another rollback tries again what failed.
 * C2 A command is run once even when its result is lost (tools/shell/shell-job.ts); a tool that must not be repeated is reported instead.
 * C3 Nothing that the undo itself does wrong is thrown: it becomes an error of the result. Only what is worth another try is.
 */
import type { CompensateInput, CompensateResult } from '../../contracts/undo.ts';
import { evaluateExpression, renderTemplate } from '../../domain/expressions/expression.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Compensation, PlanTask } from '../../domain/plan/plan.ts';
import { valuePlaces } from '../../domain/commands/command-values.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { codecOf } from '../../store/journal/codec.ts';
import { findUndoFacts } from '../../store/run/compensations.ts';
import { nestedRuns } from '../../store/run/nested-runs.ts';
import { appendNew } from '../../store/run/events.ts';
import { createTaskFacts } from '../../store/task/task-facts.ts';
import { localsOf } from '../../store/task/task-decision.ts';
import { buildScope, sourcesOf } from '../../store/task/task-scope.ts';
import { writeCompensated } from '../../store/task/task-rows.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { undoKey } from '../../domain/ids/journal-key.ts';
import { toHelperId } from '../../domain/ids/worker-id.ts';
import { withHeartbeat } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { runEffect } from '../base/run-effect.ts';
import { withinTool } from '../tracing/tool-span.ts';
import { runQuick, toCall } from '../turn/quick-tools.ts';
import { withoutQuestion } from '../turn/tool-result.ts';
import { toolsOf } from '../base/run-tools.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { attemptPlace } from '../base/attempt-place.ts';
import type { Sql } from '../../store/database/sql.ts';

/** Undoes one task, or says what an agent has to do for it. */
export async function compensate(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  input: CompensateInput,
): Promise<CompensateResult> {
  const { store } = dependencies;
  const task = await taskDefinition(store.sql, run, input.taskId);
  if (task?.work?.kind === 'workflow') {
    const runs = await nestedRuns(store.sql, run.runKey, input.taskId);
    return { kind: 'runs', runs: runs.map(({ runId, runKey }) => ({ runId, runKey })) };
  }
  if (!task?.compensate) return { kind: 'done', error: null };
  const { epoch, snapshot } = await findUndoFacts(store.sql, run.no, {
    id: input.taskId,
    workspace: task.workspace?.path ?? null,
  });
  const key = undoKey({ taskId: input.taskId, epoch, tried: input.tried ?? 0 });
  const undo: Undo = { input, task, key, epoch, snapshot };
  const { compensate: how } = task;
  if (how.kind === 'prompt') return promptOf(dependencies, run, undo, how);
  const { error } = await runEffect(dependencies, run, {
    key,
    codec: undoneCodec,
    work: async ({ isResumed }) => ({
      error: await attempt(() =>
        how.kind === 'bash'
          ? runCommand(dependencies, run, undo, how)
          : runTool(dependencies, run, undo, { ...how, isResumed }),
      ),
    }),
  });
  // Whoever committed it may have died right after that.
  await writeCompensated(store.sql, run.no, { id: input.taskId, error });
  await dependencies.workspaceHost.forgetUndo(jobKey(run, undo));
  return { kind: 'done', error };
}

/** What the journal keeps of a try; null: it went well. */
const undoneCodec = codecOf<{ error: string | null }>();

interface Undo {
  input: CompensateInput;
  task: PlanTask;
  key: string;
  epoch: number;
  /** State of the workspace before the task; null: none was kept. */
  snapshot: string | null;
}

type BashUndo = Extract<Compensation, { kind: 'bash' }>;
type ToolUndo = Extract<Compensation, { kind: 'tool' }>;
type PromptUndo = Extract<Compensation, { kind: 'prompt' }>;

// C3
async function attempt(work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UndoError) return error.message.slice(0, 2000);
    throw error;
  }
}

/** The undo itself is wrong: another try would not help. */
class UndoError extends Error {
  override readonly name = 'UndoError';
}

async function runCommand(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  undo: Undo,
  { command, env }: BashUndo,
): Promise<string | null> {
  const { store, workspaceHost } = dependencies;
  refuseLostValues(command);
  const names = Object.keys(env);
  const scope = await scopeOf(
    store.sql,
    run,
    undo,
    names.map((name) => env[name]!.expression),
  );
  const values = names.map((name) => {
    const { expression } = env[name]!;
    return [name, evaluated(() => toText(evaluateExpression(expression, scope), expression))];
  });
  const all = {
    ...(Object.fromEntries(values) as Record<string, string>),
    GAFFER_TASK: undo.input.taskId,
    GAFFER_TASK_ENDED: String(undo.input.taskEnded),
    GAFFER_SNAPSHOT: undo.snapshot ?? '',
    GAFFER_FILES: undo.task.filesScope.join(' '),
  };
  const place = await checkedPlace(dependencies, run, undo);
  const workspace = workspaceOf(run.plan, undo.task).path;
  return withHeartbeat((signal) =>
    workspaceHost.undo({ key: jobKey(run, undo), workspace, ...place, command, env: all }, signal),
  );
}

async function checkedPlace(dependencies: ActivityDependencies, run: FrozenRun, { task, input }: Undo) {
  const place = await attemptPlace(dependencies, run, { task, taskId: input.taskId });
  if (typeof place === 'string') throw new UndoError(place);
  return place;
}

function jobKey(run: FrozenRun, undo: Undo): string {
  return `${run.runKey}\n${undo.key}`;
}

async function runTool(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  undo: Undo,
  { tool: name, input, isResumed }: ToolUndo & { isResumed: boolean },
): Promise<string | null> {
  const tool = toolsOf(dependencies, run).get(name);
  if (!tool) throw new UndoError(`there is no tool ${name}`);
  const taskId = toHelperId({ kind: 'undo', of: undo.input.taskId });
  const { agent, context } = undo.task;
  const place = await checkedPlace(dependencies, run, undo);
  const step = { taskId, attempt: (undo.input.tried ?? 0) + 1, turn: 0, epoch: undo.epoch, agent, context };
  if (tool.kind === 'quick') {
    const use = { type: 'tool_use' as const, id: 'undo', name, input };
    const { events, isError, content } = await runQuick(dependencies, run, { step, task: undo.task, use, tool });
    await dependencies.store.transaction((sql) => appendNew(sql, run.no, events));
    return isError ? content : null;
  }
  if (isResumed && tool.effectOf(input) === 'once')
    return `${name} was interrupted; whether it took effect is not known`;
  const call = { ...toCall(dependencies, run, { step, task: undo.task, key: undo.key }), ...place };
  const told = await withinTool(dependencies.spans, { name, input, id: 'undo' }, call, (judged) =>
    withHeartbeat((signal) => tool.run(input, judged, signal)),
  );
  const output = withoutQuestion(told);
  return output.isError ? output.content.slice(0, 2000) : null;
}

async function promptOf(
  { store }: ActivityDependencies,
  run: FrozenRun,
  undo: Undo,
  { agent, prompt, template }: PromptUndo,
): Promise<CompensateResult> {
  try {
    const scope = await scopeOf(store.sql, run, undo, sourcesOf(template));
    const text = template === null ? prompt : evaluated(() => renderTemplate(template, scope));
    const state = undo.input.taskEnded ? 'had come to its end' : 'never came to its end, so it may be half done';
    const snapshot = undo.snapshot ? ` The files as they were before it are in the git commit ${undo.snapshot}.` : '';
    const head = `Undo the task "${undo.input.taskId}", which ${state}.${snapshot}`;
    const context = toHelperId({ kind: 'undo', of: undo.input.taskId });
    return { kind: 'prompt', agent, prompt: `${head}\n\n${text}`, context };
  } catch (error) {
    if (error instanceof UndoError) return { kind: 'done', error: error.message };
    throw error;
  }
}

async function scopeOf(sql: Sql, run: FrozenRun, { input, task }: Undo, sources: string[]): Promise<JsonObject> {
  const { no, board, digests } = run;
  const facts = createTaskFacts(sql, { no, board, digests });
  const instance = toInstance(input.taskId);
  const item = instance.item === null ? undefined : await facts.item(instance.task, instance.iteration, instance.item);
  return buildScope(run, facts, { sources, local: localsOf(task, instance, item) });
}

function evaluated<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new UndoError((error as Error).message, { cause: error });
  }
}

/** A plan of an earlier version, or of a program, may have values where the shell does not look for them. */
function refuseLostValues(command: string): void {
  // A shell in the shell looks for them in its environment.
  if (/\s-\w*c\s|\beval\b|\benvsubst\b/.test(command)) return;
  const pieces = command.split(/\$\{(GAFFER_VALUE_\d+)\}/).map((text, at) => (at % 2 === 0 ? text : { name: text }));
  const names = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.name));
  const places = valuePlaces(pieces);
  const lost = names.find((name) => places.every(({ problem }, at) => names[at] !== name || problem?.isLost === true));
  if (lost === undefined) return;
  const { message, hint } = places[names.indexOf(lost)]!.problem!;
  throw new UndoError(`the command was not run, as ${message} (${lost}); ${hint}`);
}

/** A command with nothing in the place of a value undoes nothing, or something else. */
function toText(value: JsonValue, expression: string): string {
  if (value === null) throw new UndoError(`the command was not run, as the value of \${{ ${expression} }} is null`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
