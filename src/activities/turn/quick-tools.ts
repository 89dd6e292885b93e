import type { OutlineTask } from '../../contracts/outline.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { toolUsesOf } from '../../domain/conversation/conversation.ts';
import { fingerprint, preview } from '../../domain/fingerprint.ts';
import { parseModelKey, toolKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { builtInTools, toWireName } from '../../domain/tool-names.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { ViewCache } from '../../store/run/conversation.ts';
import { loadView } from '../../store/run/conversation.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import { ownerOf } from '../../domain/ids/worker-id.ts';
import type { QuickTool, Tool, ToolCall, ToolOutput } from '../../tools/tool.ts';
import { addTasksWithin } from '../run/add-tasks.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { GatedCall } from './gate-tools.ts';

/** What says whose tool run it is. */
export type ToolStep = Pick<TurnInput, 'taskId' | 'attempt' | 'turn' | 'epoch' | 'agent' | 'context'>;

/** Results of tools as the journal has them, by its keys. */
export type ToolResults = ReadonlyMap<string, JsonObject>;

/**
 * Runs those tools of an answer whose whole effect lies in our own database, one after the other, each exactly once.
 *
 * @returns their results, also in short for loop detection; the events that tell of them, which are still to be written; tasks that they added
 */
export async function runQuickTools(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  step: ToolStep,
  { task, calls }: { task: PlanTask | undefined; calls: readonly GatedCall[] },
): Promise<{ prints: string[]; events: RunEventDraft[]; added: OutlineTask[]; results: ToolResults }> {
  const prints: string[] = [];
  const results = new Map<string, JsonObject>();
  const events: RunEventDraft[] = [];
  const added: OutlineTask[] = [];
  for (const { use, tool, slow } of calls) {
    if (slow) continue;
    const quick = tool?.kind === 'quick' ? tool : undefined;
    const result = await runQuick(dependencies, run, { step, task, use, tool: quick });
    prints.push(fingerprint(JSON.stringify([result['content'], result['isError']])));
    events.push(...(result['events'] as unknown as RunEventDraft[]));
    added.push(...addedOf(result));
    results.set(toolKey(step, use.id), toStorable(result));
  }
  return { prints, events, added, results };
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

/** Runs one quick tool inside the journal's transaction. Its result holds `content`, `isError`, `events` and, if there are any, `added`. */
export async function runQuick(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  { step, task, use, tool, note = '' }: QuickCall,
): Promise<JsonObject> {
  const key = toolKey(step, use.id);
  return dependencies.store.journal.once(run.no, key, async (sql) => {
    const call = toCall(dependencies, run, { step, task, key });
    const output = tool ? await tool.run(use.input, call, sql) : noSuchTool(run, step.agent, use.name);
    output.content = note + output.content;
    // The events are kept with the result: a repetition has to tell of it too.
    const told = [callEvent(key, step, use, tool), ...resultEvents(key, step, use, output)];
    return { ...toStored(output), events: told as unknown as JsonValue, ...(output.added && { added: output.added }) };
  });
}

/** Tasks that were added by `plan_tasks` calls of the last answer which somebody had to approve first, and which ran since. */
export async function addedByGated(
  { store, views }: ActivityDependencies & { views: ViewCache },
  run: FrozenRun,
  input: Pick<TurnInput, 'head' | 'prompt'>,
): Promise<OutlineTask[]> {
  const isGated = run.plan.policy.some((rule) => rule.action === 'ask');
  if (input.head === null || input.prompt === 'task' || !isGated) return [];
  const answer = (views.get(input.head) ?? (await loadView(store.sql, input.head))).at(-1)!;
  const uses = toolUsesOf(answer).filter(({ name }) => name === builtInTools.planTasks.name);
  if (uses.length === 0) return [];
  const step = parseModelKey(answer.callKey);
  const results = await store.journal.results(
    run.no,
    uses.map((use) => toolKey(step, use.id)),
  );
  return [...results.values()].flatMap(addedOf);
}

// Put there by `plan_tasks`, as the machinery that adds tasks gave them.
function addedOf(result: JsonObject): OutlineTask[] {
  return (result['added'] as unknown as OutlineTask[] | undefined) ?? [];
}

/** What a tool gets to know of its call. */
export function toCall(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  { step, task, key }: Pick<QuickCall, 'step' | 'task'> & { key: string },
): ToolCall {
  return {
    runKey: run.runKey,
    runId: run.runId,
    taskId: step.taskId,
    agent: step.agent,
    actor: step.context,
    board: run.board,
    workspace: workspaceOf(run.plan, task).path,
    callKey: key,
    addTasks: (tasks, sql) =>
      addTasksWithin(sql, {
        dependencies,
        run,
        input: { runKey: run.runKey, key, parent: ownerOf(step.taskId), tasks },
      }),
  };
}

/** What the journal keeps of a tool's result. */
export function toStored(output: ToolOutput): JsonObject {
  return { content: output.content, isError: output.isError ?? false };
}

function noSuchTool(run: FrozenRun, agent: string, name: string): ToolOutput {
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
    ...(output.events ?? []).map((event, index) => ({ ...event, key: `effect/${key}/${index}` }) as RunEventDraft),
    { key: `result/${key}`, type: 'tool:result', taskId, tool: use.name, toolUseId: use.id, success, preview: text },
  ];
}
