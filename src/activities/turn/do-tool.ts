import type { DoToolInput, DoToolResult } from '../../contracts/task-work.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { preview } from '../../domain/fingerprint.ts';
import { toAttemptId, toolKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import { parseJson } from '../../domain/parse-json.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';
import { createObjection } from '../../domain/tools/judge-touched.ts';
import { decideToolCall, rulesFor } from '../../domain/tools/tool-policy.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { appendNew } from '../../store/run/events.ts';
import { findBegun, writeExchange } from '../../store/run/nested-runs.ts';
import type { Tool } from '../../tools/tool.ts';
import { letCancelGoFirst, withHeartbeat } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { toolsOf } from '../base/run-tools.ts';
import { withinTool } from '../tracing/tool-span.ts';
import { runEffect } from '../base/run-effect.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { placeOf } from '../base/task-workspace.ts';
import { canonicalCall } from './gate-tools.ts';
import { unknownOutcome } from './next-message.ts';
import { callEvent, resultEvents, runQuick, toCall } from './quick-tools.ts';
import { toolResultCodec, toToolResult, withoutQuestion } from './tool-result.ts';
import type { ToolResult } from './tool-result.ts';

type Dependencies = ActivityDependencies & { frozenRun: (runKey: string) => Promise<FrozenRun> };

/** A task that is one call of a tool, journaled: what was done is found again, what must not be repeated is not. */
export async function doTool(dependencies: Dependencies, input: DoToolInput): Promise<DoToolResult> {
  const { store } = dependencies;
  const run = await dependencies.frozenRun(input.runKey);
  await letCancelGoFirst(run.runId);
  const task = await taskDefinition(store.sql, run, input.taskId);
  const begun = await findBegun(store.sql, run.no, input.taskId);
  if (task?.work?.kind !== 'tool' || !begun) throw new Error(`run ${run.runId} has no call of a tool ${input.taskId}`);
  const tool = toolsOf(dependencies, run).get(task.work.tool);
  if (!tool) return { kind: 'failed', reason: `this worker has no tool ${task.work.tool}` };
  const asked = parseJson(begun.prompt);
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    return { kind: 'failed', reason: `the input of ${tool.name} is no object` };
  const problem = tool.problemOf(asked);
  if (problem !== null) return { kind: 'failed', reason: `the input of ${tool.name}: ${problem}` };
  const call: ToolTask = { task, tool, asked, input };
  const gate = await decide(run, call);
  if (gate) return gate;
  const result = await runOnce(dependencies, run, call);
  const { taskId, attempt } = input;
  const { no, runKey } = run;
  const answered = result.content;
  const head = await writeExchange(store.sql, { runKey, no, taskId, attempt, begun, answered });
  if (result.isError) return { kind: 'failed', reason: result.content.slice(0, 2000).toWellFormed() };
  const progress = { head, preview: preview(answered, 300), turns: 0, tokens: 0, costUsd: 0, added: [] };
  return { kind: 'done', progress: isJson(answered) ? { ...progress, isJson: true } : progress };
}

interface ToolTask {
  task: PlanTask;
  tool: Tool;
  asked: JsonObject;
  input: DoToolInput;
}

// What the policy says; null: it may run.
async function decide(run: FrozenRun, { task, tool, asked, input }: ToolTask): Promise<DoToolResult | null> {
  const canonical = await canonicalCall(tool, asked, workspaceOf(run.plan, task).path);
  const { action, approval } = decideToolCall(rulesFor(run.plan, task.agent), task.agent, canonical);
  const what = preview(tool.describe(asked), 80);
  if (action === 'deny') return { kind: 'failed', reason: `The policy of this run forbids this call: ${what}` };
  if (action === 'allow' || input.isApproved || !approval) return null;
  return { kind: 'ask', approval, what, detail: toDetail(JSON.stringify(asked, null, 1)) };
}

async function runOnce(dependencies: Dependencies, run: FrozenRun, toRun: ToolTask): Promise<ToolResult> {
  const { task, tool, asked, input } = toRun;
  const { taskId, attempt } = input;
  const { agent, context } = task;
  const step = { taskId, attempt, turn: 1, epoch: 0, agent, context };
  const use: ToolUseBlock = { type: 'tool_use', id: 'task', name: tool.name, input: asked };
  const key = toolKey(step, use.id);
  const description = preview(tool.describe(asked), 120);
  const startKey = `start/${toAttemptId(taskId, attempt)}`;
  const start: RunEventDraft = { key: startKey, type: 'task:start', taskId, agentName: agent, description, attempt };
  if (tool.kind === 'quick') {
    if (tool.mayWait)
      return { content: `${tool.name} may wait for an answer: only an agent can call it.`, isError: true };
    const result = await runQuick(dependencies, run, { step, task, use, tool });
    await dependencies.store.transaction((sql) => appendNew(sql, run.no, [start, ...result.events]));
    return result;
  }
  const policy = rulesFor(run.plan, agent);
  const approved = input.isApproved ? undefined : null;
  const objection = createObjection({ policy, agent, approved });
  return runEffect(dependencies, run, {
    key,
    codec: toolResultCodec,
    begun: [start, callEvent(key, step, use, tool)],
    done: (result) => resultEvents(key, step, use, result),
    async work({ isResumed }) {
      // What only looks at a run may look again.
      if (isResumed && tool.effectOf(asked) === 'once' && !run.plan.evaluates)
        return { content: unknownOutcome, isError: true };
      const place = await placeOf(dependencies, run.plan, task);
      if (typeof place === 'string') return { content: place, isError: true };
      const call = { ...toCall(dependencies, run, { step, task, key, objection }), ...place };
      const output = await withinTool(dependencies.spans, use, call, (judged) =>
        withHeartbeat((signal) => tool.run(asked, judged, signal)),
      );
      return toToolResult(withoutQuestion(output));
    },
  });
}

// A list or an object is one; a word or a number stays the text that it is.
function isJson(text: string): boolean {
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  return typeof value === 'object' && value !== null;
}
