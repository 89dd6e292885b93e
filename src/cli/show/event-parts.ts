import type { EventOf } from '../../domain/run/run-events.ts';
import type { Wait } from '../../domain/run/waits.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { formatCount, formatDuration, formatCost, plural } from '../../domain/format.ts';
import type { Colors } from '../base/terminal.ts';
import { waitText } from '../../client/follow/wait-text.ts';

/** Longest text of a model, tool or issue on one line of progress. */
const longest = 200;

/** What a line is made with: the run after the event. */
export interface LineView {
  state: RunState;
  colors: Colors;
}

/** A text of somebody else on a line of ours. */
export function text(value: string): string {
  const line = safeLine(value);
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** That somebody split off a task; null: it stands in the plan. */
export function taskAdded(
  { taskId, agentName, dependsOn = [], chosen }: EventOf<'task:added'>,
  { state, colors }: LineView,
): string | null {
  if (state.tasks.size <= state.taskCount) return null;
  const after = dependsOn.length > 0 ? `, after ${dependsOn.map(text).join(', ')}` : '';
  const why = chosen === undefined ? '' : ` (chosen: ${text(chosen)})`;
  return `+ ${text(taskId)} ${colors.dim(`for ${text(agentName)}${why}${after}`)}`;
}

/** That a task began. */
export function taskStart(event: EventOf<'task:start'>, { colors }: LineView): string {
  const details = [event.agentName, event.attempt > 1 ? `attempt ${event.attempt}` : ''].filter(Boolean);
  return `● ${text(event.taskId)} started ${colors.dim(details.map(text).join(' · '))}`.trimEnd();
}

/** How a task ended, and what it took. */
export function taskEnd(event: EventOf<'task:complete'>, { state, colors }: LineView): string {
  const task = state.tasks.get(event.taskId);
  const { status, error = null, tokens = 0, costUsd = 0, uncountedCalls } = task ?? {};
  const details = [
    formatDuration(event.duration),
    // A call of a tool takes none.
    ...(event.turns > 0 ? [plural(event.turns, 'turn')] : []),
    // Its workflow hears nothing of calls that broke off, the run's story may be known from its middle on only.
    `${formatCount(Math.max(event.tokensUsed, tokens))} tokens`,
    formatCost(Math.max(event.costUsd, costUsd), uncountedCalls),
  ].join(' · ');
  const id = text(event.taskId);
  if (status === 'waiting') return `● ${id} has ended, its result is to be approved ${colors.dim(details)}`;
  if (event.success) return `${colors.green('✓')} ${id} succeeded ${colors.dim(details)}`;
  if (status === 'cancelled') return `${colors.yellow('–')} ${id} cancelled ${colors.dim(details)}`;
  // Why it failed stands on the line before.
  if (error) return colors.dim(`  ${id} took ${details}`);
  return `${colors.red('✗')} ${id} failed ${colors.dim(details)}`;
}

/** What became of an issue. */
export function issueLine(event: EventOf<`issue:${IssueStep}`>, { colors }: LineView): string {
  const word = event.type.slice('issue:'.length);
  const what = event.detail && event.type !== 'issue:created' ? event.detail : event.title;
  return colors.dim(`  issue ${text(event.issue)} ${word} by ${text(event.actor)}: ${text(what)}`);
}

type IssueStep = 'created' | 'claimed' | 'blocked' | 'unblocked' | 'closed';

/** That somebody is waited for; null: it is over by now. */
export function asking({ taskId }: { taskId: string }, { state, colors }: LineView): string | null {
  const one = [...state.waits.values()].findLast((each) => each.taskId === (taskId || null));
  // Which limit it is stands on the line before.
  const shown = one?.cause === 'budget' ? { ...one, what: '' } : one;
  return shown ? colors.yellow(`? ${waitText(shown)}`) : null;
}

/** That somebody is waited for, where all of the question follows. */
export function askingHere(one: Wait, colors: Colors): string {
  return colors.yellow(`? ${waitText({ ...one, what: '', asks: [], deadline: null, needed: 1 })}`);
}

/** That somebody is asked again, or somebody else too. */
export function askingAgain(
  event: EventOf<'approval:reminder' | 'approval:escalated'>,
  { state, colors }: LineView,
): string | null {
  const one = state.waits.get(event.approvalId);
  const word = event.type === 'approval:reminder' ? 'reminder' : 'escalated';
  return one ? colors.yellow(`? ${word}: ${waitText(one)}`) : null;
}

/** What somebody decided. */
export function decided(event: EventOf<'approval:decided'>): string {
  const edited = event.edited ? ', edited' : '';
  const comment = event.comment ? `: ${text(event.comment)}` : '';
  const word = event.decision === 'approve' ? 'approved' : 'rejected';
  const what = event.taskId === '' ? '' : `${text(event.taskId)} `;
  return `● ${what}${word} by ${text(event.by)}${edited}${comment}`;
}
