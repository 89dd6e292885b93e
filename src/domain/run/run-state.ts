import { withBill } from './bill-of-run.ts';
import { isHelper, isUndoing, ownerOf } from '../ids/worker-id.ts';
import { withoutGroup } from './for-each-groups.ts';
import type { Wait, WaitList } from './waits.ts';
import { limitOf, reduceWaits } from './waits.ts';
import { type ChangedPriorities, withPriority } from '../changed-priorities.ts';
import { withEntry } from '../draft-map.ts';
import { type CodingEvent, type CodingState, isCodingEvent, noCoding, reduceCoding } from '../coding/coding-state.ts';
import type { JsonValue } from '../json.ts';
import { type EventOf, ofLaterVersion, type RunEvent, type WaitCause } from './run-events.ts';
import type { RunStatus, RunSummary, TaskStatus } from './run-result.ts';
import { taskStatuses } from './run-result.ts';
import type { TaskEvent, TaskState } from './task-state.ts';
import { newTask, reduceTask, statusInResult, withRunOver, withWait } from './task-state.ts';

export type { TaskState } from './task-state.ts';

/*
 * What a run's events add up to, for every face that shows a run: one reducer, so that no two faces disagree.
 *
 * 1. Events count once: a number that was already seen changes nothing, so overlapping streams are harmless.
 * 2. An end is final: after it only the details of the same end are filled in, and what a rollback undoes then.
 * 3. No task is left open in a run that has ended, and nothing waits in it.
 * 4. A `for_each` is its members, not one more task.
 * 5. Agents that undo or help are no tasks: what they cost counts for the run, what they do shows at the task they do it for.
 */

/** One phase as it stands. */
interface PhaseState {
  name: string;
  mode: 'sequential' | 'parallel';
  status: 'running' | 'complete';
}

/** Why a whole run stands still. `since` is ISO 8601. */
interface Hold extends Pick<Wait, 'limit'> {
  state: 'pausing' | 'paused' | 'waiting';
  cause: WaitCause;
  detail: string;
  by: string;
  since: string;
}

/** What becomes of the undoing of one task. */
interface CompensationState {
  taskId: string;
  status: 'running' | 'succeeded' | 'failed';
  taskEnded: boolean;
  what: string;
  error: string | null;
}

/** A point to fork from. `at` is ISO 8601. */
interface CheckpointState {
  checkpoint: string;
  after: string;
  taskCount: number;
  snapshot: string | null;
  at: string;
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
  /** Newest wave that has begun, from 1; 0: none. */
  wave: number;
  tasks: ReadonlyMap<string, TaskState>;
  /** How many items each `for_each` has whose width is known. */
  widths: ReadonlyMap<string, number>;
  /** Why the run as a whole stands still; null: it does not. */
  hold: Hold | null;
  waits: WaitList;
  compensations: ReadonlyMap<string, CompensationState>;
  checkpoints: readonly CheckpointState[];
  messages: { sent: number; delivered: number };
  tokens: number;
  costUsd: number;
  /** Calls whose cost the provider did not tell whole. */
  estimatedCalls: number;
  /** Calls of models whose price nobody knows: not in `costUsd`. */
  uncountedCalls: number;
  priorities?: ChangedPriorities;
  /** Branches of its tasks, and gates; not there: none. */
  coding?: CodingState;
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
  wave: 0,
  tasks: new Map(),
  widths: new Map(),
  hold: null,
  waits: new Map(),
  compensations: new Map(),
  checkpoints: [],
  messages: { sent: 0, delivered: 0 },
  tokens: 0,
  costUsd: 0,
  estimatedCalls: 0,
  uncountedCalls: 0,
  cancelReason: null,
  summary: null,
};

const ends: readonly RunStatus[] = ['succeeded', 'partial', 'failed', 'cancelled', 'stopped'];

/** Whether a run in this status goes on no more. */
export function hasEnded(status: RunStatus): boolean {
  return ends.includes(status);
}

/** How many tasks stand in each status. */
export function countTasks(state: RunState): Record<TaskStatus, number> {
  const counts = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>;
  for (const task of state.tasks.values()) counts[task.status]++;
  return counts;
}

/** What waits for a person, oldest first: approvals, blockers, exhausted limits, a provider, a pause. */
export function waitsOf(state: RunState): Wait[] {
  const open = [...state.waits.values()].filter(({ isForPerson }) => isForPerson);
  const { hold } = state;
  // Where tasks say themselves what they wait for, the run has nothing to add but its pause.
  if (!hold || (hold.state === 'waiting' && open.length > 0)) return open;
  const { cause, detail, since, limit } = hold;
  const run = { id: null, taskId: null, deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true };
  return [...open, { ...run, cause, what: detail, detail, since, ...(limit && { limit }) }];
}

/** Whether a run stands still until somebody steps in. */
export function needsPerson(state: RunState): boolean {
  return (state.hold?.state === 'paused' || state.hold?.state === 'waiting') && waitsOf(state).length > 0;
}

/** The state after one more event. Pure; an event seen before gives back the same state. */
export function reduceRun(state: RunState, event: RunEvent): RunState {
  if (event.seq <= state.lastSeq) return state;
  if (isCodingEvent(event))
    return { ...state, lastSeq: event.seq, coding: reduceCoding(state.coding ?? noCoding, event) };
  if (hasEnded(state.status) || event.type === 'run:merged') return afterEnd({ ...state, lastSeq: event.seq }, event);
  const next = { ...state, lastSeq: event.seq };
  if (event.type === 'run:priority') return { ...next, priorities: withPriority(next.priorities, event) };
  return apply({ ...next, waits: reduceWaits(state.waits, event) }, event);
}

/** Rule 2. */
function afterEnd(state: RunState, event: RunEvent): RunState {
  if (event.type === 'workflow:complete') return { ...state, summary: event.summary };
  if (event.type === 'workflow:results') return { ...settle(state, event.tasks), reason: event.reason };
  if (event.type === 'workflow:error') return { ...state, reason: event.reason };
  if (event.type === 'run:rolled-back' || event.type === 'run:merged') {
    const { status, reason, summary } = event;
    return { ...state, status, reason, summary };
  }
  return isAboutUndo(event) ? { ...applyToTask(state, event), status: state.status } : state;
}

function isAboutUndo(event: RunEvent): event is TaskEvent {
  return 'taskId' in event && (event.type.startsWith('compensation:') || isUndoing(event.taskId));
}

type AppliedEvent = Exclude<RunEvent, CodingEvent | { type: 'run:priority' | 'run:merged' }>;
function apply(state: RunState, event: AppliedEvent): RunState {
  if (event.type === 'budget:warning' || event.type === 'budget:exceeded') return state;
  switch (event.type) {
    case 'workflow:start':
      return { ...state, status: 'running', name: event.name, taskCount: event.taskCount, startedAt: event.at };
    case 'phase:start':
      return { ...state, phases: [...state.phases, { name: event.phase, mode: event.mode, status: 'running' }] };
    case 'phase:complete':
      return { ...state, phases: state.phases.map((phase) => endPhase(phase, event.phase)) };
    case 'wave:start':
      return { ...state, wave: Math.max(state.wave, event.wave) };
    case 'run:cancelled':
      return { ...state, status: 'running', hold: null, cancelReason: event.reason };
    case 'run:paused':
    case 'run:waiting':
    case 'run:resumed':
      return held(state, event);
    case 'checkpoint:saved':
      return { ...state, checkpoints: [...state.checkpoints, checkpointIn(event)] };
    case 'message:sent':
      return { ...state, messages: { ...state.messages, sent: state.messages.sent + 1 } };
    case 'workflow:complete':
      return close({ ...state, summary: event.summary }, event.status, event.at, state.reason);
    case 'workflow:results':
      return close(settle(state, event.tasks), event.status, event.at, event.reason);
    case 'workflow:error':
      return close(state, state.cancelReason === null ? 'failed' : 'cancelled', event.at, event.reason);
    case 'task:expanded':
      return { ...state, widths: new Map(state.widths).set(event.group, event.width) };
    case 'wave:complete':
    case 'run:limits':
    case 'run:log':
    case 'run:rolled-back':
    case 'run:evaluated':
    case 'checkpoint:error':
      return state;
    default:
      return 'taskId' in event ? applyToTask(state, event) : ofLaterVersion(event, state);
  }
}

function checkpointIn({ checkpoint, after, taskCount, snapshot, at }: EventOf<'checkpoint:saved'>): CheckpointState {
  return { checkpoint, after, taskCount, snapshot, at };
}

function endPhase(phase: PhaseState, name: string): PhaseState {
  return phase.name === name ? { ...phase, status: 'complete' } : phase;
}

function held(state: RunState, event: EventOf<'run:paused' | 'run:waiting' | 'run:resumed'>): RunState {
  if (event.type === 'run:paused') {
    const hold: Hold = { state: event.state, cause: 'paused', detail: event.reason, by: event.by, since: event.at };
    return { ...state, status: event.state, hold };
  }
  if (event.type === 'run:waiting') {
    const { cause, detail, at: since } = event;
    return { ...state, status: 'waiting', hold: { state: 'waiting', cause, detail, by: '', since, ...limitOf(event) } };
  }
  return { ...state, status: 'running', hold: null };
}

function applyToTask(state: RunState, event: TaskEvent): RunState {
  const isBill = event.type === 'agent:answer' || event.type === 'agent:broken';
  const spent = isBill ? withBill(state, event) : countSideWork(state, event);
  if (isHelper(event.taskId)) return helperAtWork(spent, ownerOf(event.taskId), event);
  if (event.taskId === '') return spent;
  const task = spent.tasks.get(event.taskId) ?? newTask(event.taskId);
  const wait = [...spent.waits.values()].find(({ taskId }) => taskId === task.id);
  const next = withWait(reduceTask(task, event, spent.cancelReason !== null), wait);
  return { ...spent, tasks: withoutGroup(withEntry(spent.tasks, task.id, next), task.id) };
}

function countSideWork(state: RunState, event: TaskEvent): RunState {
  switch (event.type) {
    case 'message:delivered':
      return { ...state, messages: { ...state.messages, delivered: state.messages.delivered + 1 } };
    case 'compensation:start': {
      const { taskId, taskEnded, what } = event;
      const started = { taskId, taskEnded, what, status: 'running', error: null } as const;
      const compensations = withEntry(state.compensations, taskId, started);
      return { ...state, status: 'compensating', hold: null, compensations };
    }
    case 'compensation:complete':
      return endCompensation(state, event.taskId, null);
    case 'compensation:error':
      return endCompensation(state, event.taskId, event.error);
    default:
      return state;
  }
}

function endCompensation(state: RunState, taskId: string, error: string | null): RunState {
  const before = state.compensations.get(taskId) ?? { taskId, taskEnded: true, what: '' };
  const ended = { ...before, status: error === null ? 'succeeded' : 'failed', error } as const;
  return { ...state, compensations: withEntry(state.compensations, taskId, ended) };
}

/** Rule 5. */
function helperAtWork(state: RunState, taskId: string, event: TaskEvent): RunState {
  const task = state.tasks.get(taskId);
  const what = event.type === 'tool:call' || event.type === 'agent:answer' ? event.preview : '';
  if (!task || what === '') return state;
  const activity = `${isUndoing(event.taskId) ? 'is undone' : 'is helped'}: ${what}`;
  return { ...state, tasks: withEntry(state.tasks, taskId, { ...task, activity }) };
}

function settle(state: RunState, results: Record<string, JsonValue>): RunState {
  const tasks = new Map(state.tasks);
  for (const [id, result] of Object.entries(results)) {
    const task = tasks.get(id);
    const status = statusInResult(result);
    if (task && status) tasks.set(id, { ...task, status, waitsFor: null });
  }
  return { ...state, tasks };
}

/** Rule 3. */
function close(state: RunState, status: RunStatus, at: string, reason: string | null): RunState {
  const tasks = new Map([...state.tasks].map(([id, task]) => [id, withRunOver(task, at)]));
  return { ...state, tasks, status, endedAt: at, reason, hold: null, waits: new Map() };
}
