import type { CallToolInput, CallToolResult } from '../contracts/activities.ts';
import type { ToolUseBlock } from '../domain/conversation.ts';
import { toolUsesOf } from '../domain/conversation.ts';
import { fingerprint, preview } from '../domain/fingerprint.ts';
import { toolKey } from '../domain/journal-key.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { ViewCache } from '../store/conversation.ts';
import { loadView } from '../store/conversation.ts';
import type { SlowTool, Tool, ToolCall, ToolOutput } from '../tools/tool.ts';
import { isCancelRequested, letCancelGoFirst, toHolder, withHeartbeat } from './activity-context.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { unknownOutcome } from './next-message.ts';
import { superseded } from './to-failure.ts';

type Dependencies = ActivityDependencies & { views: ViewCache; frozenRun: (runKey: string) => Promise<FrozenRun> };

/** One run of a slow tool, journaled: what came of it is found again, what must not be repeated is not. */
export async function callTool(dependencies: Dependencies, input: CallToolInput): Promise<CallToolResult> {
  const run = await dependencies.frozenRun(input.runKey);
  await letCancelGoFirst(run.runId);
  const use = await findToolUse(dependencies, input);
  const tool = toolOf(dependencies, run, input.agent, use.name);
  if (tool?.kind !== 'slow') throw new Error(`${use.name} is no tool that the workflow runs`);
  const result = await runSlow(dependencies, run, tool, use, toCall(run, input, toolKey(input, use.id)), input);
  return { ok: result['isError'] !== true, fingerprint: fingerprint(JSON.stringify(result)) };
}

/** Whether a tool touches the world, and so is run by the workflow. */
export function isSlow(dependencies: ActivityDependencies, run: FrozenRun, agent: string, name: string): boolean {
  return toolOf(dependencies, run, agent, name)?.kind === 'slow';
}

/** One line about a tool run, for people. */
export function describeTool({ tools }: ActivityDependencies, use: ToolUseBlock): string {
  const tool = [...tools.values()].find(({ name }) => name === use.name);
  return tool ? preview(tool.describe(use.input), 80) : preview(use.name, 80);
}

/**
 * Runs those tools of an answer whose whole effect lies in our own database, one after the other, each exactly once.
 *
 * @returns their results in short, for loop detection, and the events that tell of them, which are still to be written
 */
export async function runQuickTools(
  dependencies: ActivityDependencies,
  run: FrozenRun,
  step: ToolStep,
  { toolUses }: { toolUses: readonly ToolUseBlock[] },
): Promise<{ prints: string[]; events: RunEventDraft[] }> {
  const prints: string[] = [];
  const events: RunEventDraft[] = [];
  for (const use of toolUses) {
    const tool = toolOf(dependencies, run, step.agent, use.name);
    if (tool?.kind === 'slow') continue;
    const key = toolKey(step, use.id);
    const result = await dependencies.store.journal.once(run.no, key, async (sql) => {
      const call = toCall(run, step, key);
      const output = tool ? await tool.run(use.input, call, sql) : noSuchTool(run, step.agent, use.name);
      // The events are kept with the result: a repetition has to tell of it too.
      const told = [callEvent(key, step, use, tool), ...resultEvents(key, step, use, output)];
      return { ...toStored(output), events: told as unknown as JsonValue };
    });
    prints.push(fingerprint(JSON.stringify([result['content'], result['isError']])));
    events.push(...(result['events'] as unknown as RunEventDraft[]));
  }
  return { prints, events };
}

/** What says whose tool run it is. */
type ToolStep = Pick<CallToolInput, 'taskId' | 'attempt' | 'turn' | 'epoch' | 'agent' | 'context'>;

async function findToolUse({ views, store }: Dependencies, input: CallToolInput): Promise<ToolUseBlock> {
  const view = views.get(input.head) ?? (await loadView(store.sql, input.head));
  const use = toolUsesOf(view.at(-1)!).find((block) => block.id === input.toolUseId);
  if (!use) throw new Error(`message ${input.head} asks for no tool ${input.toolUseId}`);
  return use;
}

function toolOf({ tools }: ActivityDependencies, run: FrozenRun, agent: string, name: string): Tool | undefined {
  const allowed = run.plan.agents[agent]?.tools.find((tool) => tool === name);
  return allowed && tools.get(allowed);
}

function noSuchTool(run: FrozenRun, agent: string, name: string): ToolOutput {
  const own = run.plan.agents[agent]?.tools.join(', ') || 'none';
  return { content: `There is no tool "${preview(name, 60)}". Your tools: ${own}.`, isError: true };
}

function toCall(run: FrozenRun, input: ToolStep, key: string): ToolCall {
  return {
    runKey: run.runKey,
    runId: run.runId,
    taskId: input.taskId,
    agent: input.agent,
    actor: input.context,
    board: run.board,
    workspace: run.plan.workspace,
    callKey: key,
  };
}

async function runSlow(
  dependencies: Dependencies,
  run: FrozenRun,
  tool: SlowTool,
  use: ToolUseBlock,
  call: ToolCall,
  input: CallToolInput,
): Promise<JsonObject> {
  const { journal } = dependencies.store;
  const key = call.callKey;
  const holder = toHolder(dependencies);
  const begun = await journal.beginTool(run.no, key, holder, [callEvent(key, input, use, tool)]);
  if (begun.state === 'done') return begun.result;
  const output =
    begun.state === 'resumed' && tool.effectOf(use.input) === 'once'
      ? { content: unknownOutcome, isError: true }
      : await runOnce(dependencies, run, tool, use, call, holder.token);
  const result = toStored(output);
  const isOurs = await journal.commitTool(run.no, key, holder.token, result, resultEvents(key, input, use, output));
  if (!isOurs) throw superseded(key);
  return result;
}

async function runOnce(
  { store }: Dependencies,
  run: FrozenRun,
  tool: SlowTool,
  use: ToolUseBlock,
  call: ToolCall,
  token: string,
): Promise<ToolOutput> {
  try {
    return await withHeartbeat((signal) => tool.run(use.input, call, signal));
  } catch (error) {
    if (isCancelRequested()) await store.journal.drop(run.no, call.callKey, token);
    throw error;
  }
}

function toStored(output: ToolOutput): JsonObject {
  return { content: output.content, isError: output.isError ?? false };
}

function callEvent(key: string, input: ToolStep, use: ToolUseBlock, tool: Tool | undefined): RunEventDraft {
  const text = tool ? preview(tool.describe(use.input), 120) : use.name;
  return {
    key: `call/${key}`,
    type: 'tool:call',
    taskId: input.taskId,
    tool: use.name,
    toolUseId: use.id,
    preview: text,
  };
}

function resultEvents(key: string, input: ToolStep, use: ToolUseBlock, output: ToolOutput): RunEventDraft[] {
  const success = output.isError !== true;
  const text = preview(output.content, 300);
  const { taskId } = input;
  return [
    ...(output.events ?? []).map((event, index) => ({ ...event, key: `effect/${key}/${index}` }) as RunEventDraft),
    { key: `result/${key}`, type: 'tool:result', taskId, tool: use.name, toolUseId: use.id, success, preview: text },
  ];
}
