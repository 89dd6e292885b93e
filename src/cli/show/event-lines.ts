import type { RunEvent } from '../../domain/run/run-events.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import { attentionText } from './attention-lines.ts';
import { formatCount, formatDuration, formatUsd, plural } from '../base/format.ts';
import { toldWords } from './limit-words.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

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
      if (event.byCondition) return colors.dim(`– ${text(event.taskId)} not needed: ${text(event.reason)}`);
      return colors.yellow(`– ${text(event.taskId)} skipped: ${text(event.reason)}`);
    case 'budget:warning':
    case 'budget:exceeded':
      return colors.yellow(`! budget: ${text(event.detail)}`);
    case 'run:cancelled':
      return colors.yellow(`! cancelling: ${text(event.reason)}`);
    case 'workflow:error':
      return colors.red(`✗ ${text(event.reason)}`);
    default:
      return event.type.startsWith('issue:') ? issueLine(event as IssueEvent, colors) : stepLine(event, state, colors);
  }
}

/** Lines about reuse, undoing, control and messages; people are asked in {@link askLine}. */
function stepLine(event: RunEvent, state: RunState, colors: Colors): string | null {
  switch (event.type) {
    case 'task:reused':
      return `${colors.green('=')} ${text(event.taskId)} reused ${colors.dim(`from ${text(event.from)}`)}`;
    case 'compensation:start':
      return colors.yellow(`↶ undoing ${text(event.taskId)}${event.taskEnded ? '' : ' (which never ended)'}`);
    case 'compensation:complete':
      return colors.yellow(`↶ ${text(event.taskId)} undone`);
    case 'compensation:error':
      return colors.red(`✗ ${text(event.taskId)} could not be undone: ${text(event.error)}`);
    case 'run:limits':
      return `● limits changed by ${text(event.by)}: ${text(toldWords(event))}`;
    case 'message:sent':
      return colors.dim(`  ${text(event.from)} to ${text(event.to)}: ${text(event.preview)}`);
    case 'checkpoint:saved':
      return colors.dim(`  checkpoint ${text(event.checkpoint)}`);
    case 'checkpoint:error':
      return colors.yellow(`! checkpoint ${text(event.checkpoint)} could not be saved: ${text(event.error)}`);
    default:
      return askLine(event, state, colors);
  }
}

/** Lines about what waits for somebody and what became of it. */
function askLine(event: RunEvent, state: RunState, colors: Colors): string | null {
  switch (event.type) {
    case 'run:paused': {
      const why = event.reason ? `: ${text(event.reason)}` : '';
      const calls = event.state === 'pausing' ? ', calls in flight still end' : '';
      return colors.yellow(`‖ ${event.state} by ${text(event.by)}${why}${calls}`);
    }
    case 'run:resumed':
      // Without a name it goes on by itself, and what it waited for has its own line.
      return event.by ? `▶ goes on, resumed by ${text(event.by)}` : null;
    case 'run:waiting':
      return state.waits.size > 0 ? null : colors.yellow(`? waits: ${text(event.detail)}`);
    case 'approval:requested':
    case 'blocker:raised':
    case 'task:waiting': {
      const one = [...state.waits.values()].findLast(({ taskId }) => taskId === (event.taskId || null));
      // Which limit it is stands on the line before.
      const shown = one?.cause === 'budget' ? { ...one, what: '' } : one;
      return shown ? colors.yellow(`? ${attentionText(shown)}`) : null;
    }
    case 'approval:decided': {
      const edited = event.edited ? ', edited' : '';
      const comment = event.comment ? `: ${text(event.comment)}` : '';
      const word = event.decision === 'approve' ? 'approved' : 'rejected';
      return `● ${word} by ${text(event.by)}${edited}${comment} ${colors.dim(text(event.taskId))}`.trimEnd();
    }
    case 'approval:reminder':
    case 'approval:escalated': {
      const one = state.waits.get(event.approvalId);
      const word = event.type === 'approval:reminder' ? 'reminder' : 'escalated';
      return one ? colors.yellow(`? ${word}: ${attentionText(one)}`) : null;
    }
    case 'approval:expired':
      return colors.yellow(`! nobody decided in time about ${text(event.taskId) || 'the run'}: ${event.outcome}`);
    case 'blocker:resolved':
      return `● ${text(event.by)} answers ${text(event.taskId)}: ${text(event.answer)}`;
    default:
      return null;
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
  const { status, error } = state.tasks.get(event.taskId) ?? { status: undefined, error: null };
  const id = text(event.taskId);
  if (status === 'waiting') return `● ${id} has ended, its result is to be approved ${colors.dim(details)}`;
  if (event.success) return `${colors.green('✓')} ${id} succeeded ${colors.dim(details)}`;
  if (status === 'cancelled') return `${colors.yellow('–')} ${id} cancelled ${colors.dim(details)}`;
  // Why it failed stands on the line before.
  if (error) return colors.dim(`  ${id} took ${details}`);
  return `${colors.red('✗')} ${id} failed ${colors.dim(details)}`;
}

function issueLine(event: IssueEvent, colors: Colors): string {
  const word = event.type.slice('issue:'.length);
  const what = event.detail && event.type !== 'issue:created' ? event.detail : event.title;
  return colors.dim(`  issue ${text(event.issue)} ${word} by ${text(event.actor)}: ${text(what)}`);
}
