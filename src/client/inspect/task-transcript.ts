import type { KeptBlock, ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { toolUsesOf } from '../../domain/conversation/conversation.ts';
import { parseModelKey, toolKey, type StepKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Usage } from '../../domain/money/usage.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { StoryEvent, StoryMessage, StoryStep } from '../../store/task/task-story.ts';
import type { Session } from '../connection/session.ts';
import { approvalStories, isApprovalEvent, type ApprovalStory } from './approval-stories.ts';
import { verdictOf, type Verdict } from './call-verdict.ts';
import { cutText, type CutText } from './cut-text.ts';
import { messagesOf, splitAttempts } from './task-attempts.ts';
import { readStory, type TaskStory } from './task-detail.ts';

/** A call of a tool and what came of it. Times are ISO 8601. */
export interface ToolStory {
  type: 'tool';
  id: string;
  name: string;
  /** As the model gave them, where they are short. */
  input: JsonObject | null;
  /** The same as JSON, or how it begins. */
  text: CutText;
  result: (CutText & { isError: boolean }) | null;
  verdict: Verdict;
  calledAt: string | null;
  /** In ms; null: it has not ended, or was done within a turn. */
  durationMs: number | null;
  /** How often somebody set out to do it. */
  tries: number;
  /** Of a shell: where its command ran; `unknown`: its worker's to say. Left out: it is no shell. */
  ran?: 'in the sandbox' | 'without a sandbox' | 'unknown';
  /** Where in the message it stands. */
  part: number;
}

/** A part of what was said. `part` left out: it has no whole to look at. */
export type Said = ({ type: 'text' | 'thinking'; part: number } & CutText) | { type: 'note'; text: string } | ToolStory;

/** One message, as the transcript shows it. */
export interface TranscriptMessage {
  id: string;
  role: 'user' | 'assistant';
  turn: number;
  at: string;
  said: Said[];
  /** Of an answer: who gave it, and what it cost; null: nobody said. */
  model: string | null;
  stop: 'end' | 'tools' | 'cut off' | 'refused' | 'broken' | null;
  usage: Usage | null;
  estimated: string[];
  isUncounted: boolean;
  costUsd: number | null;
  /** From the question to the answer, in ms. */
  durationMs: number | null;
  tries: number;
}

/** A part of what an attempt said. */
export interface TaskTranscript {
  attempt: number;
  attempts: number;
  /** Whose instructions stood before it; null: nobody's, as no model is asked. */
  system: (CutText & { agent: string; tools: string[] }) | null;
  /** Messages of others that stood before its first one: its conversation goes on from theirs. */
  before: number;
  context: string;
  messages: TranscriptMessage[];
  total: number;
  /** What `after` is for the messages behind; null: there are none. */
  next: number | null;
}

/** Characters of texts that go with one answer in all; what is above has {@link leastText} of each. */
const mostOfAll = 1_500_000;
const leastText = 400;

/** What an attempt at a task said. `attempt` left out: the last one. Null: the run has no such task, or the task no such attempt. @throws RunNotFoundError */
export async function taskTranscript(
  session: Session,
  { runId, id, attempt, after, limit }: { runId: string; id: string; attempt?: number; after: number; limit: number },
): Promise<TaskTranscript | null> {
  const story = await readStory(session, runId, id);
  if (!story) return null;
  const own = story.events.filter(({ event }) => 'taskId' in event && event.taskId === id);
  const parts = splitAttempts(own);
  const part = attempt === undefined ? parts.at(-1) : parts.find(({ number }) => number === attempt);
  if (attempt !== undefined && !part) return null;
  const messages = part ? inTurns(messagesOf(story.messages, id, part)) : [];
  const page = messages.slice(after, after + limit);
  const { agent, definition } = story;
  return {
    attempt: part?.number ?? 0,
    attempts: parts.length,
    system: agent ? { ...cutText(agent.system), agent: agent.name, tools: [...agent.tools] } : null,
    before: Math.max(0, (messages.find(({ depth }) => depth > 0)?.depth ?? 1) - 1),
    context: definition?.context ?? '',
    messages: await tell(session, story, { events: part?.events ?? [], page }),
    total: messages.length,
    next: after + limit < messages.length ? after + limit : null,
  };
}

/** One part of a message of a run, whole; `isResult`: what came of the call that it is. Null: there is none. @throws RunNotFoundError */
export async function wholePart(
  session: Session,
  {
    runId,
    id,
    message,
    part,
    isResult,
  }: { runId: string; id: string; message: string; part: number; isResult: boolean },
): Promise<string | null> {
  const story = await readStory(session, runId, id);
  const known = story?.messages.find((each) => each.id === message);
  if (!story || !known) return null;
  const { runs } = session.store;
  const content = (await runs.messageContents(story.row.runKey, [message])).get(message) ?? [];
  const block = content[part];
  if (block?.type !== 'tool_use') return block ? textOfBlock(block) : null;
  if (!isResult) return JSON.stringify(block.input, null, 2);
  const use = withIds(content).get(part)!;
  const key = toolKey(parseModelKey(known.callKey), use.id);
  const step = (await runs.taskSteps(story.row.runKey, [key])).get(key);
  return step?.result ? resultOf(step.result).content : null;
}

function textOfBlock(block: KeptBlock): string | null {
  if (block.type === 'text' || block.type === 'pieces') return block.text;
  if (block.type === 'thinking') return block.thinking;
  return block.type === 'tool_result' ? block.content : null;
}

function inTurns(messages: readonly StoryMessage[]): StoryMessage[] {
  const place = ({ callKey, role }: StoryMessage): number =>
    parseModelKey(callKey).turn * 2 + (role === 'user' ? 0 : 1);
  return messages.toSorted((a, b) => place(a) - place(b) || a.at.localeCompare(b.at));
}

interface Telling {
  story: TaskStory;
  events: ReadonlyMap<string, RunEvent>;
  approvals: ReadonlyMap<string, ApprovalStory>;
  steps: ReadonlyMap<string, StoryStep>;
  room: { left: number };
}

async function tell(
  session: Session,
  story: TaskStory,
  { events, page }: { events: readonly StoryEvent[]; page: readonly StoryMessage[] },
): Promise<TranscriptMessage[]> {
  const { runs } = session.store;
  const contents = await runs.messageContents(
    story.row.runKey,
    page.map(({ id }) => id),
  );
  const keys = page.flatMap(({ id, callKey, role }) => {
    const uses = role === 'assistant' ? [...withIds(contents.get(id) ?? []).values()] : [];
    return [callKey, ...uses.map((use) => toolKey(parseModelKey(callKey), use.id))];
  });
  const approvals = approvalStories(events.map(({ event }) => event).filter(isApprovalEvent));
  const telling: Telling = {
    story,
    events: new Map(events.map(({ key, event }) => [key, event])),
    approvals: new Map(approvals.map((each) => [each.id, each])),
    steps: await runs.taskSteps(story.row.runKey, keys),
    room: { left: mostOfAll },
  };
  return page.map((message) => tellMessage(telling, message, contents.get(message.id) ?? []));
}

function tellMessage(telling: Telling, message: StoryMessage, content: readonly KeptBlock[]): TranscriptMessage {
  const { id, role, at, callKey, usage, costUsd, depth } = message;
  const step = parseModelKey(callKey);
  const asked = telling.events.get(`invoke/${callKey}`);
  const isAnswer = role === 'assistant';
  const stepRow = telling.steps.get(callKey);
  return {
    ...{ id, role, turn: step.turn, at },
    said: tellBlocks(telling, step, content, role),
    model: isAnswer && asked?.type === 'agent:invoke' ? asked.model : null,
    stop: isAnswer ? stopOf(content, stepRow?.result ?? null, depth) : null,
    usage: usage ? usageOf(usage) : null,
    estimated: Array.isArray(usage?.['estimated']) ? usage['estimated'].map(String) : [],
    isUncounted: usage?.['uncounted'] === true,
    costUsd,
    durationMs: isAnswer && asked ? Math.max(0, Date.parse(at) - Date.parse(asked.at)) : null,
    tries: isAnswer ? (stepRow?.attempts ?? 1) : 1,
  };
}

function usageOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: JsonObject): Usage {
  const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    ...{ inputTokens: count(inputTokens), outputTokens: count(outputTokens) },
    ...{ cacheReadTokens: count(cacheReadTokens), cacheWriteTokens: count(cacheWriteTokens) },
  };
}

function stopOf(content: readonly KeptBlock[], result: JsonObject | null, depth: number): TranscriptMessage['stop'] {
  if (depth === 0) return 'broken';
  if (result?.['refused'] === true) return 'refused';
  if (content.some(({ type }) => type === 'tool_use')) return 'tools';
  return content.at(-1)?.type === 'unfinished' ? 'cut off' : 'end';
}

function tellBlocks(
  telling: Telling,
  step: StepKey,
  content: readonly KeptBlock[],
  role: TranscriptMessage['role'],
): Said[] {
  const uses = withIds(content);
  return content.flatMap((block, part): Said[] => {
    switch (block.type) {
      case 'text':
        return [{ type: 'text', part, ...inRoom(telling, block.text) }];
      case 'thinking':
        return block.thinking === '' ? [] : [{ type: 'thinking', part, ...inRoom(telling, block.thinking) }];
      case 'tool_use':
        return [tellCall(telling, step, uses.get(part) ?? block, part)];
      // It stands with the call that it answers, but where that one is of another attempt.
      case 'tool_result':
        return step.turn > 1 || role === 'assistant' ? [] : [{ type: 'text', part, ...inRoom(telling, block.content) }];
      case 'redacted_thinking':
        return [{ type: 'note', text: 'Thoughts that the provider keeps to itself.' }];
      case 'foreign':
        return [{ type: 'note', text: `${block.block.type}, as the provider sent it.` }];
      case 'trimmed':
        return [
          { type: 'note', text: 'The conversation became too long: from here on its oldest parts are left out.' },
        ];
      case 'unfinished':
        return [
          { type: 'note', text: block.why === 'empty' ? 'There was nothing in this answer.' : 'Cut off at its limit.' },
        ];
      case 'pieces':
      case 'notes':
        return [];
    }
  });
}

/** Calls of a message by where they stand, with ids of their own. */
function withIds(content: readonly KeptBlock[]): Map<number, ToolUseBlock> {
  const uses = toolUsesOf({ content: [...content] });
  const places = content.flatMap(({ type }, part) => (type === 'tool_use' ? [part] : []));
  return new Map(places.map((part, at) => [part, uses[at]!]));
}

function tellCall(telling: Telling, step: StepKey, use: ToolUseBlock, part: number): ToolStory {
  const { events, steps, story } = telling;
  const key = toolKey(step, use.id);
  const [called, ended] = [events.get(`call/${key}`), events.get(`result/${key}`)];
  const done = steps.get(key);
  const result = done?.state === 'done' && done.result ? resultOf(done.result) : null;
  const json = JSON.stringify(use.input, null, 2);
  const text = inRoom(telling, json);
  const took = called && ended ? Date.parse(ended.at) - Date.parse(called.at) : 0;
  return {
    ...{ type: 'tool', id: use.id, name: use.name, part },
    ...{ input: text.text.length === json.length ? use.input : null, text },
    result: result && { ...inRoom(telling, result.content), isError: result.isError },
    verdict: verdictOf(telling.approvals, step, use, ended),
    calledAt: called?.at ?? null,
    durationMs: took > 0 ? took : null,
    tries: done?.attempts ?? 1,
    ...(use.name === builtInTools.bash.name && { ran: whereRan(story) }),
  };
}

function whereRan({ row: { launch } }: TaskStory): NonNullable<ToolStory['ran']> {
  if (!launch) return 'unknown';
  return launch.unsandboxedShell ? 'without a sandbox' : 'in the sandbox';
}

function resultOf({ content, isError }: JsonObject): { content: string; isError: boolean } {
  return {
    content: typeof content === 'string' ? content : JSON.stringify(content ?? null),
    isError: isError === true,
  };
}

function inRoom({ room }: Telling, text: string): CutText {
  const cut = room.left > 0 ? cutText(text) : cutText(text, leastText);
  room.left -= cut.text.length;
  return cut;
}
