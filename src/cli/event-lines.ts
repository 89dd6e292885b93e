import type { RunEvent } from '../domain/run-events.ts';
import type { RunState } from '../domain/run-state.ts';
import { formatCount, formatDuration, formatUsd, plural } from './format.ts';
import { safeLine } from './safe-text.ts';
import type { Colors } from './terminal.ts';

/** Longest text of a model, tool or issue on one line of progress. */
const longest = 200;

/**
 * The line that stays for an event, or null when the event only moves the live area (turns, tool calls).
 *
 * `state` is the run after the event. States are words, never colour alone.
 */
export function eventLine(event: RunEvent, state: RunState, colors: Colors): string | null {
  switch (event.type) {
    case 'workflow:start':
      return colors.bold(`${text(event.name)}: ${plural(event.taskCount, 'task')}`);
    case 'phase:start':
      return (
        colors.bold(`Phase ${text(event.phase)}`) + colors.dim(` (${event.mode}, ${plural(event.taskCount, 'task')})`)
      );
    case 'phase:complete':
      return colors.dim(`Phase ${text(event.phase)} ended after ${formatDuration(event.duration)}`);
    case 'task:start':
      return taskLine(
        event.taskId,
        'started',
        [event.agentName, event.attempt > 1 ? `attempt ${event.attempt}` : ''],
        colors,
      );
    case 'task:complete':
      return taskEnd(event, state, colors);
    case 'task:error':
      return colors.red(
        `✗ ${text(event.taskId)} ${event.willRetry ? 'failed, tries again' : 'failed'}: ${text(event.error)}`,
      );
    case 'task:skipped':
      return colors.yellow(`– ${text(event.taskId)} skipped: ${text(event.reason)}`);
    case 'budget:warning':
    case 'budget:exceeded':
      return colors.yellow(`! budget: ${text(event.detail)}`);
    case 'run:cancelled':
      return colors.yellow(`! cancelling: ${text(event.reason)}`);
    case 'workflow:error':
      return colors.red(`✗ ${text(event.reason)}`);
    default:
      return event.type.startsWith('issue:') ? issueLine(event as IssueEvent, colors) : null;
  }
}

type IssueEvent = Extract<RunEvent, { issue: string }>;
type TaskEnd = Extract<RunEvent, { type: 'task:complete' }>;

function text(value: string): string {
  const line = safeLine(value);
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

function taskLine(id: string, word: string, details: string[], colors: Colors): string {
  return `● ${text(id)} ${word} ${colors.dim(details.filter(Boolean).map(text).join(' · '))}`.trimEnd();
}

function taskEnd(event: TaskEnd, state: RunState, colors: Colors): string {
  const details = [
    formatDuration(event.duration),
    plural(event.turns, 'turn'),
    `${formatCount(event.tokensUsed)} tokens`,
    formatUsd(event.costUsd),
  ].join(' · ');
  if (event.success) return `${colors.green('✓')} ${text(event.taskId)} succeeded ${colors.dim(details)}`;
  const word = state.tasks.get(event.taskId)?.status === 'cancelled' ? 'cancelled' : 'failed';
  return `${colors.red('✗')} ${text(event.taskId)} ${word} ${colors.dim(details)}`;
}

function issueLine(event: IssueEvent, colors: Colors): string {
  const word = event.type.slice('issue:'.length);
  const what = event.detail && event.type !== 'issue:created' ? event.detail : event.title;
  return colors.dim(`  issue ${text(event.issue)} ${word} by ${text(event.actor)}: ${text(what)}`);
}
