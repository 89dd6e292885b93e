import { approvalStories, isApprovalEvent, type ApprovalStory } from './approval-stories.ts';
import { parseModelKey, turnOfKey } from '../../domain/ids/journal-key.ts';
import type { Complexity } from '../../domain/complexity.ts';
import { addUsd } from '../../domain/money/money.ts';
import { addUsage, noUsage, totalTokens, type Usage } from '../../domain/money/usage.ts';
import type { RunEvent, WaitCause } from '../../domain/run/run-events.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { StoryEvent, StoryMessage, StoryStep } from '../../store/task/task-story.ts';

/** A call of a model or a tool that was made more than once, or broke off. Money in USD. */
interface CallRetry {
  what: 'model' | 'tool';
  turn: number;
  /** ISO 8601; null: nobody noted when. */
  at: string | null;
  /** In words; null: only how often is known. */
  cause: string | null;
  /** How often somebody set out to make it. */
  tries: number;
  costUsd: number;
}

/** Something that it waited for. `until` null: it still does. */
interface WaitStory {
  cause: WaitCause;
  detail: string;
  since: string;
  until: string | null;
}

/** What was paid. `costUsd` is the least where calls are `uncounted`; `estimated`: calls whose cost the provider did not tell whole. */
export interface PaidStory {
  usage: Usage;
  tokens: number;
  costUsd: number;
  calls: number;
  estimatedCalls: number;
  uncountedCalls: number;
}

/** One attempt of a task, as its events and messages tell it. Times are ISO 8601. */
export interface TaskAttempt {
  /** From 1, over all that it was ever begun. */
  number: number;
  /** Its number since somebody asked last for the task to be done anew; see `epoch`. */
  attempt: number;
  epoch: number;
  status: TaskStatus;
  begunAt: string | null;
  endedAt: string | null;
  agent: string;
  models: string[];
  /** Why it has its model, where the plan leaves it open. */
  chosen: { complexity: Complexity; reason: string } | null;
  turns: number;
  paid: PaidStory;
  error: string | null;
  willRetry: boolean;
  tools: { calls: number; failed: number; refused: number };
  retries: CallRetry[];
  approvals: ApprovalStory[];
  waits: WaitStory[];
  /** Numbers of its first and last event. */
  seqs: [number, number];
}

/** Events of a task, attempt by attempt; what comes before the first beginning belongs to the first. */
export interface AttemptEvents {
  number: number;
  attempt: number;
  epoch: number;
  events: StoryEvent[];
}

/** Splits a task's story where an attempt begins. */
export function splitAttempts(story: readonly StoryEvent[]): AttemptEvents[] {
  const parts: AttemptEvents[] = [];
  const before: StoryEvent[] = [];
  for (const each of story) {
    const { event } = each;
    if (event.type === 'task:start') {
      const again = parts.filter(({ attempt }) => attempt === event.attempt).length;
      parts.push({ number: parts.length + 1, attempt: event.attempt, epoch: again, events: [] });
    }
    const last = parts.at(-1);
    if (last && event.type === 'agent:invoke') last.epoch = stepOf(each, 'invoke/')?.epoch ?? last.epoch;
    (last?.events ?? before).push(each);
  }
  parts[0]?.events.unshift(...before);
  return parts;
}

/** The step that an event is of; null: it is of none. */
function stepOf({ key }: StoryEvent, prefix: 'invoke/' | 'answer/') {
  return key.startsWith(prefix) ? parseModelKey(key.slice(prefix.length)) : null;
}

/** Messages of one attempt. */
export function messagesOf<Message extends Pick<StoryMessage, 'callKey'>>(
  messages: readonly Message[],
  taskId: string,
  { attempt, epoch }: Pick<AttemptEvents, 'attempt' | 'epoch'>,
): Message[] {
  return messages.filter(({ callKey }) => {
    const step = parseModelKey(callKey);
    return step.taskId === taskId && step.attempt === attempt && step.epoch === epoch;
  });
}

/** What an attempt's messages cost. */
export function paidFor(messages: readonly StoryMessage[]): PaidStory {
  let paid: PaidStory = { usage: noUsage, tokens: 0, costUsd: 0, calls: 0, estimatedCalls: 0, uncountedCalls: 0 };
  for (const { usage, costUsd } of messages) {
    if (!usage) continue;
    const sum = addUsage(paid.usage, usage as unknown as Usage);
    paid = {
      usage: sum,
      tokens: totalTokens(sum),
      costUsd: addUsd(paid.costUsd, costUsd ?? 0),
      calls: paid.calls + 1,
      estimatedCalls: paid.estimatedCalls + (usage['estimated'] ? 1 : 0),
      uncountedCalls: paid.uncountedCalls + (usage['uncounted'] ? 1 : 0),
    };
  }
  return paid;
}

/** An attempt, of its events, its messages and the journal. `isLast`: it tells how the task stands, which is `now`. */
export function toAttempt(
  part: AttemptEvents,
  messages: readonly StoryMessage[],
  steps: ReadonlyMap<string, StoryStep>,
  now: TaskStatus | null,
): TaskAttempt {
  const events = part.events.map(({ event }) => event);
  const ended = events.findLast((event) => event.type === 'task:complete');
  const failed = events.findLast((event) => event.type === 'task:error');
  const invoked = events.filter((event) => event.type === 'agent:invoke');
  const results = events.filter((event) => event.type === 'tool:result');
  const started = events.find((event) => event.type === 'task:start');
  const ending = failed ?? ended;
  return {
    ...{ number: part.number, attempt: part.attempt, epoch: part.epoch },
    status: now ?? (failed ? 'failed' : (ended?.status ?? (ended?.success === false ? 'failed' : 'succeeded'))),
    ...{ begunAt: started?.at ?? null, endedAt: ending?.at ?? null, agent: started?.agentName ?? '' },
    models: [...new Set(invoked.map(({ model }) => model))],
    chosen: invoked.find(({ chosen }) => chosen)?.chosen ?? null,
    turns: Math.max(0, ...invoked.map(({ turn }) => turn)),
    paid: paidFor(messages),
    ...{ error: failed?.error ?? null, willRetry: failed?.willRetry ?? false },
    tools: {
      calls: events.filter(({ type }) => type === 'tool:call').length,
      failed: results.filter(({ success, isRefused }) => !success && !isRefused).length,
      refused: results.filter(({ isRefused }) => isRefused).length,
    },
    retries: [...brokenCalls(events), ...repeatedSteps(part, messages, steps)],
    approvals: approvalStories(events.filter(isApprovalEvent)),
    waits: waitStories(events),
    seqs: [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0],
  };
}

function brokenCalls(events: readonly RunEvent[]): CallRetry[] {
  return events.flatMap((event) =>
    event.type === 'agent:broken'
      ? { what: 'model' as const, turn: event.turn, at: event.at, cause: event.error, tries: 1, costUsd: event.costUsd }
      : [],
  );
}

// What made a step fail that nobody paid for stands in Temporal alone.
function repeatedSteps(
  { events }: AttemptEvents,
  messages: readonly StoryMessage[],
  steps: ReadonlyMap<string, StoryStep>,
): CallRetry[] {
  const keys = new Map<string, 'model' | 'tool'>(messages.map(({ callKey }) => [callKey, 'model']));
  for (const { key, event } of events) if (event.type === 'tool:call') keys.set(key.slice('call/'.length), 'tool');
  return [...keys].flatMap(([key, what]) => {
    const tries = steps.get(key)?.attempts ?? 1;
    return tries > 1 ? { what, turn: turnOfKey(key), at: null, cause: null, tries, costUsd: 0 } : [];
  });
}

function waitStories(events: readonly RunEvent[]): WaitStory[] {
  const waits: WaitStory[] = [];
  const end = (at: string): void => {
    for (const wait of waits) wait.until ??= at;
  };
  for (const event of events) {
    if (event.type === 'task:waiting')
      waits.push({ cause: event.cause, detail: event.detail, since: event.at, until: null });
    if (event.type === 'blocker:raised')
      waits.push({ cause: 'blocker', detail: event.detail, since: event.at, until: null });
    if (['task:resumed', 'blocker:resolved', 'task:error', 'task:complete'].includes(event.type)) end(event.at);
  }
  return waits;
}
