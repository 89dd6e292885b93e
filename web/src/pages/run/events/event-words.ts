import { isCodingEvent } from '../../../../../src/domain/coding/coding-state.ts';
import { formatDuration, formatUsd, plural } from '../../../../../src/domain/format.ts';
import { ownerOf } from '../../../../../src/domain/ids/worker-id.ts';
import type { RunEvent } from '../../../../../src/domain/run/run-events.ts';
import { codingWords } from './coding-words.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';

/** Kinds of events, as somebody looks for them. */
export const eventGroups = [
  { id: 'run', title: 'Run', of: ['workflow', 'run', 'phase', 'wave', 'checkpoint', 'budget'] },
  { id: 'tasks', title: 'Tasks', of: ['task'] },
  { id: 'models', title: 'Models', of: ['agent', 'context'] },
  { id: 'tools', title: 'Tools', of: ['tool'] },
  { id: 'people', title: 'People', of: ['approval', 'blocker'] },
  { id: 'crew', title: 'Messages, issues, state', of: ['message', 'issue', 'state'] },
  { id: 'files', title: 'Files and merges', of: ['worktree', 'lease', 'snapshot', 'merge', 'permission'] },
  { id: 'undo', title: 'Undoing', of: ['compensation'] },
] as const;

/** One of {@link eventGroups}. */
export type EventGroup = (typeof eventGroups)[number]['id'];

/** Where an event belongs. What a later version tells belongs to the run. */
function groupOf({ type }: Pick<RunEvent, 'type'>): EventGroup {
  const [head] = type.split(':');
  return eventGroups.find(({ of }) => (of as readonly string[]).includes(head!))?.id ?? 'run';
}

/** The task that an event is about; null: none. What helps a task, or undoes it, is about that task. */
export function taskOf(event: RunEvent): string | null {
  const task = 'taskId' in event ? event.taskId : '';
  return task === '' ? null : ownerOf(task);
}

/** Whether an event is something that went wrong. */
export function isBad(event: RunEvent): boolean {
  switch (event.type) {
    case 'task:error':
    case 'agent:broken':
    case 'workflow:error':
    case 'compensation:error':
    case 'checkpoint:error':
    case 'budget:exceeded':
    case 'merge:rejected':
      return true;
    case 'merge:gate':
      return !event.success;
    case 'tool:result':
    case 'task:complete':
      return !event.success && !('status' in event && event.status === 'waiting');
    case 'workflow:results':
      return event.status === 'failed';
    default:
      return false;
  }
}

/** An event in one line. What it does not know shows all that it has. */
export function textOf(event: RunEvent): string {
  const said = wordsOf(event);
  return safeLine(said ?? restOf(event));
}

function restOf({ seq: _seq, at: _at, type: _type, ...rest }: RunEvent): string {
  return Object.entries(rest)
    .filter(([key, value]) => key !== 'taskId' && value !== '')
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function wordsOf(event: RunEvent): string | null {
  switch (event.type) {
    case 'workflow:start':
      return `began with ${plural(event.taskCount, 'task')}`;
    case 'workflow:results':
    case 'workflow:complete':
      return event.status;
    case 'task:start':
      return `started${event.attempt > 1 ? `, attempt ${event.attempt}` : ''} · ${event.agentName}`;
    case 'task:added':
      return `for ${event.agentName}${event.dependsOn?.length ? `, after ${event.dependsOn.join(', ')}` : ''}`;
    case 'task:complete':
      // From when the run took it up, with all its attempts: more than its agent's time, which other places say.
      return `${event.status ?? (event.success ? 'succeeded' : 'failed')} ${formatDuration(event.duration)} after its turn came, ${plural(event.turns, 'turn')}, ${formatUsd(event.costUsd)}`;
    case 'task:error':
      return `${event.error}${event.willRetry ? ' · is tried again' : ''}`;
    case 'task:skipped':
      return event.reason;
    case 'task:waiting':
      return `waits (${event.cause}): ${event.detail}`;
    case 'agent:invoke':
      return `asks ${event.model}, turn ${event.turn}`;
    case 'agent:answer':
      return `${event.preview || plural(event.calls, 'call')} · ${event.tokensUsed} tokens, ${formatUsd(event.costUsd)}`;
    case 'agent:broken':
      return event.error;
    case 'tool:call':
      return event.preview || event.tool;
    case 'tool:result':
      return `${event.tool} ${event.isRefused ? 'was refused' : event.success ? 'answered' : 'failed'}: ${event.preview}`;
    default:
      return wordsOfPeople(event);
  }
}

function wordsOfPeople(event: RunEvent): string | null {
  switch (event.type) {
    case 'approval:requested':
      return `asks whether it may ${event.what}`;
    case 'approval:decided':
      return `${event.decision === 'approve' ? 'approved' : 'rejected'} by ${event.by}${event.edited ? ', edited' : ''}${event.comment && `: ${event.comment}`}`;
    case 'blocker:raised':
      return event.detail;
    case 'blocker:resolved':
      return `${event.by} answered: ${event.answer}`;
    case 'message:sent':
      return `${event.from} to ${event.to}: ${event.preview}`;
    case 'run:log':
      return event.text;
    case 'run:paused':
      return `${event.state} by ${event.by}${event.reason && `: ${event.reason}`}`;
    // It goes on by itself where nobody is named.
    case 'run:resumed':
      return event.by ? `goes on, resumed by ${event.by}` : 'goes on';
    case 'run:waiting':
      return `waits (${event.cause}): ${event.detail}`;
    case 'compensation:start':
      return event.what;
    case 'compensation:error':
      return event.error;
    case 'phase:start':
      return `${event.phase}: ${plural(event.taskCount, 'task')}, ${event.mode}`;
    case 'phase:complete':
      return `${event.phase} after ${formatDuration(event.duration)}`;
    case 'wave:start':
    case 'wave:complete':
      return `${event.wave}: ${plural(event.taskCount, 'task')}`;
    case 'checkpoint:saved':
      return `after ${event.after}, ${plural(event.taskCount, 'task')} done`;
    case 'run:merged':
      return `branches went in since: ${event.status}${event.reason === null ? '' : `: ${event.reason}`}`;
    default:
      return isCodingEvent(event) ? codingWords(event) : null;
  }
}

/** Which events are shown. */
export interface EventFilter {
  /** Empty: all. */
  groups: readonly EventGroup[];
  /** Null: of any task, and of none. */
  task: string | null;
  /** In lower case; empty: any. */
  text: string;
}

/** Whether an event is one of those that are looked for. */
export function isWanted(event: RunEvent, { groups, task, text }: EventFilter): boolean {
  if (groups.length > 0 && !groups.includes(groupOf(event))) return false;
  if (task !== null && taskOf(event) !== task) return false;
  return text === '' || `${event.type} ${taskOf(event) ?? ''} ${textOf(event)}`.toLowerCase().includes(text);
}
