import type { CallToolInput, CallToolResult, ToolQuestion } from '../../contracts/turn.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { textOf, toolUsesOf } from '../../domain/conversation/conversation.ts';
import { agreedKey, toolKey } from '../../domain/ids/journal-key.ts';
import type { ApprovedCall } from '../../domain/tools/judge-touched.ts';
import { NotBegunError } from '../../domain/tools/not-begun-error.ts';
import { createObjection } from '../../domain/tools/judge-touched.ts';
import { rulesFor } from '../../domain/tools/tool-policy.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { Codec } from '../../store/journal/codec.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { appendNew } from '../../store/run/events.ts';
import type { StoredMessage, ViewCache } from '../../store/run/conversation.ts';
import { findView } from '../../store/run/conversation.ts';
import type { SlowTool, Tool, ToolCall, ToolOutput } from '../../tools/tool.ts';
import { isCancelRequested, letCancelGoFirst, withHeartbeat } from '../base/activity-context.ts';
import { findTool } from './agent-tools.ts';
import { gateEdit } from './gate-tools.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { runEffect } from '../base/run-effect.ts';
import { tellRefusal, withinTool } from '../tracing/tool-span.ts';
import type { OrphanCheck } from '../base/refuse-orphans.ts';
import { unknownOutcome } from './next-message.ts';
import { callEvent, resultEvents, runQuick, toCall } from './quick-tools.ts';
import type { QuickResult, ToolResult } from './tool-result.ts';
import { printOf, toolResultCodec, toToolResult } from './tool-result.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { attemptPlace } from '../base/attempt-place.ts';
import { keepSnapshot } from '../workspace/keep-snapshot.ts';

/** Longest answer to a blocker, in characters. */
const maxAnswer = 30_000;

// Events stand in the run's story.
const outputCodec: Codec<ToolOutput> = {
  ...toolResultCodec,
  toJson: (output) => toolResultCodec.toJson(toToolResult(output)),
};

type Dependencies = ActivityDependencies & {
  views: ViewCache;
  frozenRun: (runKey: string) => Promise<FrozenRun>;
  refuseOrphan: OrphanCheck;
};

/** One tool run that the workflow sees to, journaled: what came of it is found again, what must not be repeated is not. */
export async function callTool(dependencies: Dependencies, input: CallToolInput): Promise<CallToolResult> {
  const run = await dependencies.frozenRun(input.runKey);
  await letCancelGoFirst(run.runId);
  await dependencies.refuseOrphan(run, input.taskId);
  const asked = await findToolUse(dependencies, input);
  // A person may have changed what will run; the conversation keeps what the model asked for, and the result says so.
  const use = input.input ? { ...asked, input: input.input } : asked;
  const note = input.input ? `[Changed before it was approved: ${JSON.stringify(input.input).slice(0, 4000)}]\n` : '';
  const task = await taskDefinition(dependencies.store.sql, run, input.taskId);
  const tool = findTool(dependencies, run, input.agent, { name: use.name, task });
  // Whoever approved it decided about the call that was asked for: the policy decides about the changed one, too.
  const refusal =
    input.input && tool
      ? await gateEdit(dependencies, run, { input, task, tool, asked: asked.input }, input.input)
      : null;
  const toRun = refusal === null ? { task, tool, use, note, input } : refused({ task, tool, use, input }, refusal);
  await keepAgreement(dependencies, run, input);
  try {
    const result: ToolResult & Pick<QuickResult, 'waits' | 'begins'> =
      tool?.kind === 'slow' || toRun.input.answer
        ? await runSlow(dependencies, run, toRun)
        : await runApproved(dependencies, run, toRun);
    const { waits, begins } = result;
    return { ok: !result.isError, fingerprint: printOf(result), ...(waits && { waits }), ...(begins && { begins }) };
  } catch (error) {
    if (error instanceof AsksFirst) return { ok: false, fingerprint: '', asks: error.question };
    throw error;
  }
}

/** A call that has no result, but a question; nothing of it is in the journal. */
class AsksFirst extends Error {
  override readonly name = 'AsksFirst';
  readonly question: ToolQuestion;
  constructor(question: ToolQuestion) {
    super(question.what);
    this.question = question;
  }
}

// What a person of the run agreed to once, is not asked about again.
async function keepAgreement({ store }: Dependencies, run: FrozenRun, { answered }: CallToolInput): Promise<void> {
  if (answered?.question.kind !== 'agree' || answered.answer.outcome !== 'approved') return;
  await store.journal.once(run.no, agreedKey(answered.question.note), () => Promise.resolve({}));
}

interface ToolRun {
  task: PlanTask | undefined;
  tool: Tool | undefined;
  use: ToolUseBlock;
  note: string;
  input: CallToolInput;
}

function refused(call: Omit<ToolRun, 'note'>, content: string): ToolRun {
  return { ...call, note: '', input: { ...call.input, answer: { content, isError: true } } };
}

async function findToolUse(dependencies: Dependencies, input: CallToolInput): Promise<ToolUseBlock> {
  const use = toolUsesOf(await lastMessage(dependencies, input.head)).find((block) => block.id === input.toolUseId);
  if (!use) throw new Error(`message ${input.head} asks for no tool ${input.toolUseId}`);
  return use;
}

async function lastMessage({ views, store }: Dependencies, head: string): Promise<StoredMessage> {
  return (await findView(store.sql, views, head)).at(-1)!;
}

// A quick tool that somebody had to approve first, or that waited for another agent.
async function runApproved(
  dependencies: Dependencies,
  run: FrozenRun,
  { task, tool, use, note, input }: ToolRun,
): Promise<QuickResult> {
  const quick = tool?.kind === 'quick' ? tool : undefined;
  const result = await runQuick(dependencies, run, { step: input, task, use, tool: quick, note });
  await dependencies.store.transaction((sql) => appendNew(sql, run.no, result.events));
  return result;
}

async function runSlow(dependencies: Dependencies, run: FrozenRun, toRun: ToolRun): Promise<ToolResult> {
  const { tool, use, note, input } = toRun;
  const key = toolKey(input, use.id);
  const output = await runEffect(dependencies, run, {
    key,
    codec: outputCodec,
    begun: [callEvent(key, input, use, tool)],
    done: (result) => toldOf(input, resultEvents(key, input, use, result)),
    async work(held) {
      const { content, ...others } = await outputOf(dependencies, run, toRun, held);
      return { ...others, content: note + content };
    },
  });
  return toToolResult(output);
}

// An error in place of a run is a refusal.
function toldOf({ answer }: CallToolInput, events: RunEventDraft[]): RunEventDraft[] {
  if (!answer?.isError) return events;
  return events.map((event) => (event.type === 'tool:result' ? { ...event, isRefused: true } : event));
}

async function outputOf(
  dependencies: Dependencies,
  run: FrozenRun,
  { task, tool, use, input }: ToolRun,
  { isResumed, token }: { isResumed: boolean; token: string },
): Promise<ToolOutput> {
  if (input.answer?.isError) await tellRefusal(dependencies.spans, use, { ...input, runId: run.runId });
  if (input.answer) return givenAnswer(dependencies, input.answer);
  if (tool?.kind !== 'slow') throw new Error(`${use.name} is no tool that the workflow runs`);
  if (isResumed && tool.effectOf(use.input) === 'once') return { content: unknownOutcome, isError: true };
  const place = await attemptPlace(dependencies, run, { task, ...input });
  if (typeof place === 'string') return { content: place, isError: true };
  const objection = createObjection({
    policy: rulesFor(run.plan, input.agent),
    agent: input.agent,
    approved: approvedIn(input),
  });
  const call = {
    ...toCall(dependencies, run, { step: input, task, key: toolKey(input, use.id), objection }),
    ...place,
    ...(input.answered && { answered: input.answered }),
  };
  const output = await runOnce(dependencies, run, { tool, use, call, token });
  // What comes back to the model is kept, also if its next call is the last.
  if (tool.changesFiles) await keepSnapshot(dependencies, run, input);
  return output;
}

// What a person changed is another call than the one that they were shown: the terms hold for it, its line does not.
function approvedIn({ approved, input }: CallToolInput): ApprovedCall | null | undefined {
  return approved && input ? { approval: approved.approval } : approved;
}

// The words of a person or of another agent, as long as a tool's result may be.
async function givenAnswer(
  dependencies: Dependencies,
  { content, isError, head }: NonNullable<CallToolInput['answer']>,
): Promise<ToolOutput> {
  const text = head ? content + textOf(await lastMessage(dependencies, head)) : content;
  const isLong = text.length > maxAnswer;
  return {
    content: isLong
      ? `${text.slice(0, maxAnswer).toWellFormed()}\n[shortened: ${text.length} characters in all]`
      : text,
    isError,
  };
}

async function runOnce(
  { store, spans }: Dependencies,
  run: FrozenRun,
  { tool, use, call, token }: { tool: SlowTool; use: ToolUseBlock; call: ToolCall; token: string },
): Promise<ToolOutput> {
  try {
    const output = await withinTool(spans, use, call, (judged) =>
      withHeartbeat((signal) => tool.run(use.input, judged, signal)),
    );
    if (output.asks) throw new AsksFirst(output.asks);
    return output;
  } catch (error) {
    if (isCancelRequested() || error instanceof NotBegunError || error instanceof AsksFirst)
      await store.journal.drop(run.no, call.callKey, token);
    throw error;
  }
}
