import type { JsonValue } from './json.ts';
import type { RunEvent } from './run-events.ts';
import type { RunStatus, RunSummary, TaskStatus } from './run-result.ts';

/*
 * What a run's events add up to, for every face that shows a run: one reducer, so that no two faces disagree.
 *
 * 1. Events count once: a number that was already seen changes nothing, so overlapping streams are harmless.
 * 2. An end is final: after it only the details of the same end are filled in.
 * 3. No task is left open in a run that has ended.
 */

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
  startedAt: string | null;
  endedAt: string | null;
  activity: string;
  error: string | null;
}

/** One phase as it stands. */
export interface PhaseState {
  name: string;
  mode: 'sequential' | 'parallel';
  status: 'running' | 'complete';
}

/** A run as its events tell it. `tasks` in the order in which they were added. */
export interface RunState {
  name: string;
  status: RunStatus;
  reason: string | null;
  lastSeq: number;
  startedAt: string | null;
  endedAt: string | null;
  taskCount: number;
  phases: readonly PhaseState[];
  tasks: ReadonlyMap<string, TaskState>;
  tokens: number;
  costUsd: number;
  cancelReason: string | null;
  summary: RunSummary | null;
}

/** A run of which nothing is known yet. */
export const emptyRunState: RunState = {
  name: '',
  status: 'queued',
  reason: null,
  lastSeq: 0,
  startedAt: null,
  endedAt: null,
  taskCount: 0,
  phases: [],
  tasks: new Map(),
  tokens: 0,
  costUsd: 0,
  cancelReason: null,
  summary: null,
};

const ends: readonly RunStatus[] = ['succeeded', 'partial', 'failed', 'cancelled', 'stopped'];
const openTask: readonly TaskStatus[] = ['pending', 'ready', 'running'];
const closedTask: readonly string[] = ['succeeded', 'failed', 'skipped', 'cancelled'];

/** Whether a run in this status goes on no more. */
export function hasEnded(status: RunStatus): boolean {
  return ends.includes(status);
}

/** How many tasks stand in each status. */
export function countTasks(state: RunState): Record<TaskStatus, number> {
  const counts = { pending: 0, ready: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0 };
  for (const task of state.tasks.values()) counts[task.status]++;
  return counts;
}

/** The state after one more event. Pure; an event seen before gives back the same state. */
export function reduceRun(state: RunState, event: RunEvent): RunState {
  if (event.seq <= state.lastSeq) return state;
  return apply({ ...state, lastSeq: event.seq }, event);
}

function apply(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'workflow:start':
      return { ...state, status: 'running', name: event.name, taskCount: event.taskCount, startedAt: event.at };
    case 'phase:start':
      return { ...state, phases: [...state.phases, { name: event.phase, mode: event.mode, status: 'running' }] };
    case 'phase:complete':
      return {
        ...state,
        phases: state.phases.map((phase) => (phase.name === event.phase ? { ...phase, status: 'complete' } : phase)),
      };
    case 'run:cancelled':
      return { ...state, cancelReason: event.reason };
    case 'workflow:complete':
      return close({ ...state, summary: event.summary }, event.status, event.at, state.reason);
    case 'workflow:results':
      return close(settle(state, event.tasks), event.status, event.at, event.reason);
    case 'workflow:error':
      return close(state, state.cancelReason === null ? 'failed' : 'cancelled', event.at, event.reason);
    case 'budget:warning':
    case 'budget:exceeded':
      return state;
    default:
      return applyToTask(state, event);
  }
}

type TaskEvent = Extract<RunEvent, { taskId: string }>;

function applyToTask(state: RunState, event: TaskEvent): RunState {
  const task = state.tasks.get(event.taskId) ?? newTask(event.taskId);
  const next = {
    ...state,
    tasks: new Map(state.tasks).set(task.id, nextTask(task, event, state.cancelReason !== null)),
  };
  if (event.type !== 'agent:answer') return next;
  return { ...next, tokens: state.tokens + event.tokensUsed, costUsd: state.costUsd + event.costUsd };
}

function nextTask(task: TaskState, event: TaskEvent, isCancelling: boolean): TaskState {
  switch (event.type) {
    case 'task:added':
      return { ...task, phase: event.phase, agent: event.agentName, context: event.context };
    case 'task:start':
      return {
        ...task,
        status: 'running',
        agent: event.agentName,
        attempt: event.attempt,
        startedAt: task.startedAt ?? event.at,
        endedAt: null,
        activity: '',
      };
    case 'agent:invoke':
      return { ...task, turn: event.turn, activity: `asks ${event.model}` };
    case 'agent:answer':
      return {
        ...task,
        turn: event.turn,
        tokens: task.tokens + event.tokensUsed,
        costUsd: task.costUsd + event.costUsd,
        activity: event.preview || task.activity,
      };
    case 'tool:call':
      return { ...task, activity: event.preview || event.tool };
    case 'tool:result':
      return event.success ? task : { ...task, activity: `${event.tool} failed: ${event.preview}` };
    case 'task:error':
      return { ...task, error: event.error, status: event.willRetry ? 'ready' : 'failed', endedAt: event.at };
    case 'task:complete':
      return completed(task, event, isCancelling);
    case 'task:skipped':
      return { ...task, status: 'skipped', error: event.reason, endedAt: event.at };
    default:
      return { ...task, activity: `${event.type.replace('issue:', '')} issue ${event.issue}: ${event.title}` };
  }
}

function completed(
  task: TaskState,
  event: Extract<RunEvent, { type: 'task:complete' }>,
  isCancelling: boolean,
): TaskState {
  const unsuccessful = isCancelling && task.status === 'running' ? 'cancelled' : 'failed';
  const status = event.success ? 'succeeded' : unsuccessful;
  return {
    ...task,
    status,
    turn: Math.max(task.turn, event.turns),
    endedAt: event.at,
    error: event.success ? null : task.error,
  };
}

function newTask(id: string): TaskState {
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
    startedAt: null,
    endedAt: null,
    activity: '',
    error: null,
  };
}

function settle(state: RunState, results: Record<string, JsonValue>): RunState {
  const tasks = new Map(state.tasks);
  for (const [id, result] of Object.entries(results)) {
    const task = tasks.get(id);
    const status = statusOf(result);
    if (task && status) tasks.set(id, { ...task, status });
  }
  return { ...state, tasks };
}

function statusOf(result: JsonValue): TaskStatus | undefined {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined;
  const { status } = result;
  return typeof status === 'string' && closedTask.includes(status) ? (status as TaskStatus) : undefined;
}

function close(state: RunState, status: RunStatus, at: string, reason: string | null): RunState {
  const tasks = new Map(state.tasks);
  for (const task of tasks.values()) {
    if (openTask.includes(task.status)) tasks.set(task.id, { ...task, status: 'cancelled', endedAt: at });
  }
  const end = hasEnded(state.status) ? state.status : status;
  return { ...state, tasks, status: end, endedAt: state.endedAt ?? at, reason };
}
