import type { CodingEventBody } from '../coding/coding-events.ts';
import { addUsd } from '../money/money.ts';
import { parseRequestId } from '../ids/request-id.ts';
import type { Wait } from './waits.ts';
import type { JsonValue } from '../json.ts';
import type { EventOf, RunEvent, WaitCause } from './run-events.ts';
import { ofLaterVersion } from './run-events.ts';
import type { TaskStatus } from './run-result.ts';

/** One task as it stands. Times are ISO 8601, `activity` is the latest thing its agent did, in one line. */
export interface TaskState {
  id: string;
  phase: string | null;
  agent: string;
  context: string;
  status: TaskStatus;
  attempt: number;
  turn: number;
  tokens: number;
  costUsd: number;
  /** Calls of models whose price nobody knows: not in `costUsd`. */
  uncountedCalls: number;
  startedAt: string | null;
  endedAt: string | null;
  activity: string;
  error: string | null;
  /** What it waits for while it is `waiting`. */
  waitsFor: { cause: WaitCause; detail: string; since: string } | null;
  /** Run that its result was taken over from; null: it was done here. */
  reusedFrom: string | null;
  /** The member of the pool that does it; not there: the plan has no pool, or nobody began it. */
  member?: string;
  /** The track that it belongs to, as far as that was told. */
  track?: string;
}

/** An event about one task. */
export type TaskEvent = Exclude<Extract<RunEvent, { taskId: string }>, CodingEventBody>;

/** Statuses of a task that has not ended. */
export const openTaskStatuses: readonly TaskStatus[] = ['pending', 'ready', 'running', 'waiting'];

/** How many tasks have not ended. */
export function countOpen(state: { tasks: ReadonlyMap<string, TaskState> }): number {
  return [...state.tasks.values()].filter(({ status }) => openTaskStatuses.includes(status)).length;
}

/** A task of which nothing is known but its name. */
export function newTask(id: string): TaskState {
  return {
    id,
    phase: null,
    agent: '',
    context: '',
    status: 'pending',
    attempt: 0,
    turn: 0,
    tokens: 0,
    costUsd: 0,
    uncountedCalls: 0,
    startedAt: null,
    endedAt: null,
    activity: '',
    error: null,
    waitsFor: null,
    reusedFrom: null,
  };
}

/** The task after one more event about it. */
export function reduceTask(task: TaskState, event: TaskEvent, isCancelling: boolean): TaskState {
  switch (event.type) {
    case 'task:added':
      return { ...task, phase: event.phase, agent: event.agentName, context: event.context };
    case 'task:assigned':
      return { ...task, member: event.member, ...(event.track !== undefined && { track: event.track }) };
    case 'task:start':
      return started(task, event);
    case 'task:error':
      return failed(task, event);
    case 'task:complete':
      return completed(task, event, isCancelling);
    case 'approval:decided':
      return event.decision === 'reject' ? resultRefused(task, event, event) : task;
    case 'approval:expired':
      return event.outcome === 'approve' ? task : resultRefused(task, event, { by: 'timeout', comment: '' });
    case 'task:skipped':
      return skipped(task, event);
    case 'task:reused':
      return reused(task, event);
    case 'compensation:complete':
      return { ...task, status: 'compensated', waitsFor: null };
    // What waits is known of the run's list, see `withWait`.
    case 'task:waiting':
    case 'task:resumed':
    case 'approval:requested':
    case 'approval:reminder':
    case 'approval:escalated':
    case 'message:delivered':
    case 'compensation:start':
    case 'compensation:error':
    case 'context:pruned':
    case 'context:notes':
      return task;
    default:
      return atWork(task, event);
  }
}

function failed(task: TaskState, { error, willRetry, at }: EventOf<'task:error'>): TaskState {
  return { ...task, error, status: willRetry ? 'ready' : 'failed', endedAt: willRetry ? null : at, waitsFor: null };
}

function skipped(task: TaskState, { byCondition, reason, at }: EventOf<'task:skipped'>): TaskState {
  const told = byCondition ? { error: null, activity: reason } : { error: reason };
  return { ...task, ...told, status: 'skipped', endedAt: at, waitsFor: null };
}

function reused(task: TaskState, { from, agentName, at }: EventOf<'task:reused'>): TaskState {
  const agent = agentName || task.agent;
  return {
    ...task,
    status: 'reused',
    agent,
    reusedFrom: from,
    endedAt: at,
    error: null,
    activity: `result of ${from}`,
  };
}

/** Events of an agent at work. */
type WorkEvent = Extract<TaskEvent, { type: `${'agent' | 'tool' | 'blocker' | 'issue' | 'state'}:${string}` }>;

function billed(
  task: TaskState,
  { tokensUsed, costUsd, isUncounted }: Extract<WorkEvent, { type: 'agent:answer' | 'agent:broken' }>,
): Pick<TaskState, 'tokens' | 'costUsd' | 'uncountedCalls'> {
  return {
    tokens: task.tokens + tokensUsed,
    costUsd: addUsd(task.costUsd, costUsd),
    uncountedCalls: task.uncountedCalls + (isUncounted ? 1 : 0),
  };
}

/** What its agent does, in one line. */
function atWork(task: TaskState, event: WorkEvent): TaskState {
  switch (event.type) {
    case 'agent:invoke':
      return { ...task, turn: event.turn, activity: `asks ${event.model}` };
    case 'agent:answer':
      return {
        ...task,
        turn: event.turn,
        ...billed(task, event),
        activity: event.preview || task.activity,
      };
    case 'agent:broken':
      return { ...task, ...billed(task, event), activity: event.error };
    case 'tool:call':
      return { ...task, activity: event.preview || event.tool };
    case 'tool:result':
      return event.success ? task : { ...task, activity: `${event.tool} failed: ${event.preview}` };
    case 'blocker:raised':
      return { ...task, activity: `is blocked: ${event.detail}` };
    case 'blocker:resolved':
      return { ...task, activity: `${event.by} answered: ${event.answer}` };
    case 'issue:created':
    case 'issue:claimed':
    case 'issue:blocked':
    case 'issue:unblocked':
    case 'issue:closed':
      return { ...task, activity: `${event.type.replace('issue:', '')} issue ${event.issue}: ${event.title}` };
    case 'state:set':
      return { ...task, activity: `set ${event.stateKey} (version ${event.version})` };
    default:
      return ofLaterVersion(event, task);
  }
}

/**
 * The same task, waiting for the oldest thing that it waits for, or at work again when there is none.
 *
 * One that did its work and whose result is asked about is `succeeded` only once somebody said so.
 */
export function withWait(task: TaskState, wait: Wait | undefined): TaskState {
  const isAsked = task.status === 'succeeded' && isAboutResult(wait?.id);
  if (!openTaskStatuses.includes(task.status) && !isAsked) return task.waitsFor ? { ...task, waitsFor: null } : task;
  if (wait) {
    const { cause, what: detail, since } = wait;
    return { ...task, status: 'waiting', waitsFor: { cause, detail, since } };
  }
  // Without a cause: its end was told, the question about its result comes next.
  if (task.status !== 'waiting' || task.waitsFor === null) return task;
  const begun = task.endedAt === null ? 'running' : 'succeeded';
  return { ...task, status: task.startedAt === null ? 'ready' : begun, waitsFor: null };
}

/** The same task in a run that is over: what never began was left out, what was at work was cut off. As the store has it. */
export function withRunOver(task: TaskState, at: string): TaskState {
  if (!openTaskStatuses.includes(task.status)) return task;
  // Its work was done, and nobody refused it.
  if (task.status === 'waiting' && task.endedAt !== null) return { ...task, status: 'succeeded', waitsFor: null };
  const isUnbegun = task.startedAt === null && task.status !== 'waiting';
  return { ...task, status: isUnbegun ? 'skipped' : 'cancelled', endedAt: at, waitsFor: null };
}

function isAboutResult(id: string | null | undefined): boolean {
  return typeof id === 'string' && parseRequestId(id)?.kind === 'after';
}

// Its `task:error` says the same, a moment later.
function resultRefused(
  task: TaskState,
  { approvalId, at }: { approvalId: string; at: string },
  { by, comment }: { by: string; comment: string },
): TaskState {
  if (!isAboutResult(approvalId) || task.status !== 'waiting') return task;
  const error = `its result was not approved by ${by}${comment ? `: ${comment}` : ''}`;
  return { ...task, status: 'failed', error, endedAt: at, waitsFor: null };
}

function started(task: TaskState, event: EventOf<'task:start'>): TaskState {
  return {
    ...task,
    status: 'running',
    agent: event.agentName,
    attempt: event.attempt,
    startedAt: task.startedAt ?? event.at,
    endedAt: null,
    activity: '',
    waitsFor: null,
    reusedFrom: null,
  };
}

function completed(task: TaskState, event: EventOf<'task:complete'>, isCancelling: boolean): TaskState {
  const unsuccessful = isCancelling && openTaskStatuses.includes(task.status) ? 'cancelled' : 'failed';
  const told = event.status === 'waiting' ? event.status : statusInResult(event.status ?? null);
  const status = told ?? (event.success ? 'succeeded' : unsuccessful);
  return {
    ...task,
    status,
    turn: Math.max(task.turn, event.turns),
    endedAt: event.at,
    error: event.success ? null : task.error,
    waitsFor: null,
  };
}

const closedTask: readonly string[] = ['succeeded', 'failed', 'skipped', 'cancelled', 'reused', 'compensated'];

/** The status that a result gives a task, which names it alone or in an object; undefined: none that is an end. */
export function statusInResult(result: JsonValue): TaskStatus | undefined {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result);
  const status = isObject ? result['status'] : result;
  return typeof status === 'string' && closedTask.includes(status) ? (status as TaskStatus) : undefined;
}
