import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { SlowToolCall, ToolWait, TurnInput } from '../../contracts/turn.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { toolUsesOf } from '../../domain/conversation/conversation.ts';
import { preview } from '../../domain/fingerprint.ts';
import { agreedKey, modelKey, parseModelKey, toolKey } from '../../domain/ids/journal-key.ts';
import { rulesFor } from '../../domain/tools/tool-policy.ts';
import { builtInTools, toWireName } from '../../domain/tool-names.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { standsAside } from '../../domain/worktrees/isolation-of.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { ViewCache } from '../../store/run/conversation.ts';
import { findView } from '../../store/run/conversation.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import type { Sql } from '../../store/database/sql.ts';
import { beginWait, callKeys, endWait, holdKeys, type CalledWait } from '../../store/wakes/waits.ts';
import { callStandingAside } from '../../store/worktrees/overlap-rows.ts';
import { ownerOf } from '../../domain/ids/worker-id.ts';
import type { QuickTool, Tool, ToolCall, ToolOutput } from '../../tools/tool.ts';
import { createPostOffice } from '../messages/post-office.ts';
import { addTasksWithin } from '../run/add-tasks.ts';
import { withinTool } from '../tracing/tool-span.ts';
import { toHolder } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { readResult } from '../context/read-result.ts';
import type { GatedCall } from './gate-tools.ts';
import type { QuickResult, ToolResult, ToolResults } from './tool-result.ts';
import { findToolResults, printOf, quickResultCodec, toToolResult } from './tool-result.ts';
import { wakeWaiting } from '../base/wake-waiting.ts';

/** What says whose tool run it is. */
export type ToolStep = Pick<TurnInput, 'taskId' | 'attempt' | 'turn' | 'epoch' | 'agent' | 'context'>;

/** What came of the quick tools of an answer. */
interface QuickResults {
  /** Results in short, for loop detection. */
  prints: string[];
  /** What tells of them, and is still to be written. */
  events: RunEventDraft[];
  /** Tasks that they added. */
  added: OutlineTask[];
  /** Tasks that they added and that begin at once. */
  begins: OutlineTask[];
  results: ToolResults;
  /** One of them ended the task. */
  ends: boolean;
  /** Those that wait for another agent, for the workflow. */
  waiting: SlowToolCall[];
}

/**
 * Runs those tools of an answer whose whole effect lies in our own database, one after the other, each exactly once.
 */
export async function runQuickTools(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  step: ToolStep,
  { task, calls }: { task: PlanTask | undefined; calls: readonly GatedCall[] },
): Promise<QuickResults> {
  const prints: string[] = [];
  const waiting: SlowToolCall[] = [];
  const begins: OutlineTask[] = [];
  const results = new Map<string, ToolResult>();
  const events: RunEventDraft[] = [];
  const added: OutlineTask[] = [];
  let ends = false;
  for (const { use, tool, slow } of calls) {
    if (slow) continue;
    const quick = tool?.kind === 'quick' ? tool : undefined;
    const result = await runQuick(dependencies, run, { step, task, use, tool: quick });
    events.push(...result.events);
    begins.push(...(result.begins ?? []));
    if (result.waits) {
      waiting.push(toWaiting(use, quick!, result.waits));
      continue;
    }
    prints.push(printOf(result));
    added.push(...(result.added ?? []));
    ends ||= result.ends === true;
    results.set(toolKey(step, use.id), toStorable(result));
  }
  return { prints, events, added, begins, results, ends, waiting };
}

function toWaiting(use: ToolUseBlock, tool: Tool, waits: ToolWait): SlowToolCall {
  const summary = preview(tool.describe(use.input), 80);
  return { id: use.id, summary, gate: 'wait', detail: '', approval: null, waits };
}

/** One call of a quick tool. `note` is put before what it gives. */
export interface QuickCall {
  step: ToolStep;
  /** The task that it works for; undefined: none of the plan's. */
  task: PlanTask | undefined;
  use: ToolUseBlock;
  tool: QuickTool | undefined;
  note?: string;
}

/** Runs one quick tool inside the journal's transaction, and wakes who waited for what it did. */
export async function runQuick(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  quick: QuickCall,
): Promise<QuickResult> {
  const key = toolKey(quick.step, quick.use.id);
  const { journal } = dependencies.store;
  let result: QuickResult | undefined;
  const work = async (sql: Sql): Promise<JsonObject> => {
    result = await runWithin(sql, { dependencies, run, quick, key });
    return quickResultCodec.toJson(result);
  };
  const look = async (sql: Sql): Promise<JsonObject | null> => {
    const json = await work(sql);
    return result?.waits ? null : json;
  };
  const json = await (quick.tool?.mayWait ? journal.look(run.no, key, look) : journal.once(run.no, key, work));
  const done = json === null ? result! : quickResultCodec.fromJson(json);
  await wakeWaiting(run, done.called ?? []);
  return done;
}

async function runWithin(
  sql: Sql,
  { dependencies, run, quick: { step, task, use, tool, note = '' }, key }: Running,
): Promise<QuickResult> {
  const call = toCall(dependencies, run, { step, task, key });
  const output = tool
    ? await withinTool(dependencies.spans, use, call, (judged) => tool.run(use.input, judged, sql))
    : notRun(run, step.agent, use);
  output.content = note + output.content;
  const { waits, added, begins, ends: isEnd, wakes = [] } = output;
  const { taskId } = step;
  const resumed: RunEventDraft[] = [];
  const called: CalledWait[] = [];
  if (waits) {
    const { workflowId } = toHolder(dependencies);
    await beginWait(sql, { no: run.no, callKey: key, key: waits.key, workflowId, taskId });
    if (standsAside(run.plan)) called.push(...(await callStandingAside(sql, run.no, [taskId])));
  } else if (tool?.mayWait && (await endWait(sql, run.no, key))) {
    resumed.push({ key: `resumed/${key}`, type: 'task:resumed', taskId });
  }
  called.push(...(await callKeys(sql, run.no, wakes)));
  const ended = waits ? waitEvents(key, step, { output, waits }) : resultEvents(key, step, use, output);
  const events = [callEvent(key, step, use, tool), ...resumed, ...ended];
  return {
    ...toToolResult(output),
    events,
    ...(added && { added }),
    ...(begins && { begins }),
    ...(isEnd && { ends: isEnd }),
    ...(called.length > 0 && { called }),
    ...(waits && { waits }),
  };
}

interface Running {
  dependencies: ActivityDependencies;
  run: FrozenRun;
  quick: QuickCall;
  key: string;
}

// Told once, however often it looks: its effects are told here, and what it came to later.
function waitEvents(
  key: string,
  { taskId }: ToolStep,
  { output, waits }: { output: ToolOutput; waits: ToolWait },
): RunEventDraft[] {
  return [
    ...effectEvents(`begun/${key}`, output),
    { key: `waits/${key}`, type: 'task:waiting', taskId, cause: 'crew', detail: waits.what },
  ];
}

/** Tasks that were added by `plan_tasks` calls of the last answer which somebody had to approve first, and which ran since. */
export async function addedByGated(
  { store, views }: ActivityDependencies & { views: ViewCache },
  run: FrozenRun,
  input: Pick<TurnInput, 'agent' | 'head' | 'prompt'>,
): Promise<OutlineTask[]> {
  const isGated = rulesFor(run.plan, input.agent).some((rule) => rule.action === 'ask');
  if (input.head === null || input.prompt === 'task' || !isGated) return [];
  const answer = (await findView(store.sql, views, input.head)).at(-1)!;
  const uses = toolUsesOf(answer).filter(({ name }) => name === builtInTools.planTasks.name);
  if (uses.length === 0) return [];
  const step = parseModelKey(answer.callKey);
  const keys = uses.map((use) => toolKey(step, use.id));
  const results = await findToolResults(store.journal, run, keys);
  return [...results.values()].flatMap(({ added = [] }) => added);
}

/** What a tool gets to know of its call. `objection` is the policy's; left out where an author's own words run (what undoes a task), or nothing is touched. */
export function toCall(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  {
    step,
    task,
    key,
    objection = () => null,
  }: Pick<QuickCall, 'step' | 'task'> & { key: string; objection?: ToolCall['objection'] },
): ToolCall {
  return {
    runKey: run.runKey,
    runNo: run.no,
    runId: run.runId,
    taskId: step.taskId,
    attempt: step.attempt,
    agent: step.agent,
    actor: step.context,
    board: run.board,
    workspace: workspaceOf(run.plan, task).path,
    callKey: key,
    objection,
    readResult: (id, sql) => readResult(sql, run, { task, id }),
    hold: (sql, keys) => holdKeys(sql, run.no, keys),
    isAgreed: async (what) => (await dependencies.store.journal.results(run.no, [agreedKey(what)])).size > 0,
    post: createPostOffice({
      run,
      taskId: step.taskId,
      address: task?.answers?.context ?? step.context,
      callKey: key,
      turnKey: modelKey(step),
    }),
    addTasks: (tasks, sql) =>
      addTasksWithin(sql, {
        dependencies,
        run,
        input: { runKey: run.runKey, key, parent: ownerOf(step.taskId), tasks },
      }),
  };
}

function notRun(run: FrozenRun, agent: string, { name, problem }: ToolUseBlock): ToolOutput {
  if (problem !== undefined) return { content: problem, isError: true };
  const own = run.plan.agents[agent]?.tools.map(toWireName).join(', ') || 'none';
  return { content: `There is no tool "${preview(toWireName(name), 60)}". Your tools: ${own}.`, isError: true };
}

/** The event that a tool is called. */
export function callEvent(key: string, { taskId }: ToolStep, use: ToolUseBlock, tool: Tool | undefined): RunEventDraft {
  const text = tool ? preview(tool.describe(use.input), 120) : use.name;
  return { key: `call/${key}`, type: 'tool:call', taskId, tool: use.name, toolUseId: use.id, preview: text };
}

/** The events of what a tool did, and that it came to its end. */
export function resultEvents(
  key: string,
  { taskId }: ToolStep,
  use: ToolUseBlock,
  output: ToolOutput,
): RunEventDraft[] {
  const success = output.isError !== true;
  const text = preview(output.content, 300);
  return [
    ...effectEvents(`effect/${key}`, output),
    { key: `result/${key}`, type: 'tool:result', taskId, tool: use.name, toolUseId: use.id, success, preview: text },
  ];
}

function effectEvents(key: string, { events = [] }: ToolOutput): RunEventDraft[] {
  return events.map((event, index) => ({ ...event, key: `${key}/${index}` }) as RunEventDraft);
}
