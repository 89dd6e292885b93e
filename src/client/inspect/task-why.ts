import { answerCommand } from '../../domain/run/answer-command.ts';
import { formatClock } from '../../domain/format.ts';
import { hasEnded, type RunState } from '../../domain/run/run-state.ts';
import type { RunStatus, TaskStatus } from '../../domain/run/run-result.ts';
import type { TaskState } from '../../domain/run/task-state.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { waitText } from '../follow/wait-text.ts';

/** Another task that a task waits for, or whose end kept it from beginning. */
export interface TaskNeighbour {
  id: string;
  /** Null: it has not begun. */
  status: TaskStatus | null;
}

/** Why a task stands as it does, in words, and what can be done about it. */
export interface TaskWhy {
  status: TaskStatus;
  /** One sentence. */
  cause: string;
  /** All there is to say of it, such as the whole error; null: the sentence says it. */
  detail: string | null;
  /** ISO 8601; null: not known, or of no matter. */
  since: string | null;
  /** Ways out, best first; `command` does it on a terminal. */
  ways: { text: string; command?: string; about?: 'approval' | 'blocker' | 'retry' | 'resume' | 'limits' }[];
}

/** What is known of a task besides its story. */
interface Known {
  runId: string;
  runStatus: RunStatus;
  state: RunState;
  task: TaskState;
  needs: readonly TaskNeighbour[];
  /** The phase that has to end before; null: none. */
  phase: string | null;
}

/** Says why. */
export function whyOf(known: Known): TaskWhy {
  const { task } = known;
  const base = { status: task.status, detail: null, since: null, ways: [] };
  switch (task.status) {
    case 'waiting':
      return waiting(known);
    case 'failed':
      return { ...base, ...failed(known) };
    case 'skipped':
      return { ...base, ...skipped(known) };
    case 'pending':
    case 'ready':
      return { ...base, ...unbegun(known) };
    case 'running':
      return {
        ...base,
        cause: task.activity === '' ? 'Its agent is at work.' : `Its agent is at work: ${task.activity}`,
      };
    case 'cancelled':
      return { ...base, cause: cancelled(known), ways: retryWays(known) };
    case 'reused':
      return {
        ...base,
        cause: `Its result was taken over from run ${task.reusedFrom ?? 'of before'}: nothing was paid for it here.`,
      };
    case 'compensated':
      return { ...base, cause: 'It was done, and what it did was undone since.' };
    case 'succeeded':
      return { ...base, cause: 'It is done.' };
  }
}

function waiting({ runId, state, task }: Known): TaskWhy {
  const open = [...state.waits.values()];
  const wait = open.find(({ taskId }) => taskId === task.id);
  const base = { status: task.status, since: wait?.since ?? task.waitsFor?.since ?? null };
  if (!wait)
    return {
      ...base,
      cause: `It waits: ${task.waitsFor?.detail ?? 'its result is looked at'}`,
      detail: null,
      ways: [],
    };
  const detail = wait.detail === wait.what ? null : wait.detail;
  return { ...base, cause: `${waitText(wait)}.`, detail, ways: waysOut(runId, wait, open) };
}

function waysOut(runId: string, wait: Wait, open: readonly Wait[]): TaskWhy['ways'] {
  if (wait.cause === 'crew') return [{ text: 'Nothing: it goes on by itself when the other agent answers.' }];
  const command = answerCommand(runId, wait, open);
  const whom = wait.asks.length > 0 ? ` by ${wait.asks.join(' or ')}` : '';
  switch (wait.cause) {
    case 'approval':
      return [{ text: `Approve it, approve it changed, or reject it${whom}`, command, about: 'approval' }];
    case 'blocker':
      return wait.isForPerson
        ? [{ text: 'Answer its question', command, about: 'blocker' }]
        : [{ text: `Nothing: ${wait.asks.join(', ')} was asked and answers by itself.` }];
    case 'budget':
      return [{ text: 'Raise the limit that it reached; it goes on then', command, about: 'limits' }];
    case 'provider':
      return [{ text: 'Let it ask the provider again', command, about: 'resume' }];
    case 'paused':
      return [{ text: 'Let the run go on', command, about: 'resume' }];
  }
}

function failed(known: Known): Partial<TaskWhy> & { cause: string } {
  const { task } = known;
  const tries = task.attempt > 1 ? ` after ${task.attempt} attempts` : '';
  return {
    cause: `It failed${tries}: ${firstLine(task.error) ?? 'no reason was told'}`,
    detail: task.error,
    since: task.endedAt,
    ways: retryWays(known),
  };
}

function retryWays({ runId, runStatus, task }: Known): TaskWhy['ways'] {
  const command = `gaffer retry ${shellWord(runId)} ${shellWord(task.id)}`;
  const fork = {
    text: 'Fork the run from here with another prompt, model or input',
    command: `gaffer fork ${shellWord(runId)} --from ${shellWord(task.id)}`,
  };
  return hasEnded(runStatus)
    ? [{ text: 'Do it anew, in a new run that takes over everything else', command, about: 'retry' }, fork]
    : [{ text: 'Do it anew, with what waits for it', command, about: 'retry' }, fork];
}

function skipped(known: Known): Partial<TaskWhy> & { cause: string } {
  const { task, needs } = known;
  const bad = needs.filter(({ status }) => status === 'failed' || status === 'cancelled' || status === 'skipped');
  const told = task.error ?? task.activity;
  if (task.error === null && told !== '') return { cause: `It was left out: ${told}. Nothing is missing.` };
  const because = bad.length > 0 ? ` (${bad.map(({ id, status }) => `${id} ${status ?? ''}`).join(', ')})` : '';
  const ways =
    bad.length > 0 ? [{ text: `See why ${bad[0]!.id} did not succeed` }, ...retryWays(known)] : retryWays(known);
  return { cause: `It was left out: ${told === '' ? 'the run was over before it could begin' : told}${because}`, ways };
}

function unbegun({ state, task, needs, runId, phase }: Known): Partial<TaskWhy> & { cause: string } {
  const { hold } = state;
  const open = needs.filter(
    ({ status }) => status === null || ['pending', 'ready', 'running', 'waiting'].includes(status),
  );
  if (task.status === 'ready' && task.attempt > 0 && task.error !== null)
    return {
      cause: `Attempt ${task.attempt} failed, and it is tried again: ${firstLine(task.error) ?? ''}`,
      detail: task.error,
    };
  if (hold && (hold.state === 'paused' || hold.state === 'pausing')) {
    const who = hold.by === '' ? '' : ` by ${hold.by}`;
    const command = `gaffer resume ${shellWord(runId)}`;
    return {
      cause: `The run is paused${who} since ${formatClock(hold.since)}${hold.detail === '' ? '' : `: ${hold.detail}`}`,
      since: hold.since,
      ways: [{ text: 'Let the run go on', command, about: 'resume' }],
    };
  }
  const isPhaseOver = state.phases.some(({ name, status }) => name === phase && status === 'complete');
  if (phase !== null && !isPhaseOver) return { cause: `It begins when the phase "${phase}" has ended.` };
  if (open.length === 0) return { cause: 'It has not begun: it is its turn as soon as there is room.' };
  const words = open
    .slice(0, 5)
    .map(({ id, status }) => `${id}${status === 'running' || status === 'waiting' ? ` (${status})` : ''}`);
  const more = open.length > 5 ? ` and ${open.length - 5} more` : '';
  return { cause: `It begins when ${words.join(', ')}${more} ${open.length === 1 ? 'has' : 'have'} ended.` };
}

function cancelled({ state }: Known): string {
  return state.cancelReason === null
    ? 'It was cut off while it was at work, as the run ended.'
    : `The run was cancelled: ${state.cancelReason}`;
}

function firstLine(text: string | null): string | null {
  const line = text?.trim().split('\n')[0] ?? '';
  return line === '' ? null : line;
}
