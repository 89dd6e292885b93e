import type { EventOf, RunEvent } from '../../domain/run/run-events.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import { preview } from '../../domain/fingerprint.ts';
import { formatDuration, plural } from '../../domain/format.ts';
import type { Colors } from '../base/terminal.ts';
import { codingLines } from './coding-lines.ts';
import type { LineView } from './event-parts.ts';
import { asking, askingAgain, decided, issueLine, taskAdded, taskEnd, taskStart, text } from './event-parts.ts';
import { toldWords } from './limit-words.ts';

/** How much is shown of an expression that nobody needs to read. */
const longestCondition = 100;

interface Shown<Type extends RunEvent['type']> {
  /** Null: nothing is to be said of this one. */
  line: (event: EventOf<Type>, view: LineView) => string | null;
  /** Says what went wrong or who is waited for: never cut. */
  isWhole?: boolean;
  /** The command that answers stands below it. */
  isAnswered?: boolean;
}

const issue = { line: issueLine };
const ask = { line: asking, isWhole: true, isAnswered: true };
const askAgain = { line: askingAgain, isWhole: true };
const budget: Shown<'budget:warning' | 'budget:exceeded'> = {
  line: (event, { colors }) => colors.yellow(`! budget: ${text(event.detail)}`),
  isWhole: true,
};

const reusedFiles = {
  same: ', the files it looked at are as they were',
  changed: ', although files that it looked at have changed since',
  unknown: ', whether its files have changed since nobody looked',
} as const;

const estimate: Shown<'agent:answer' | 'agent:broken'> = {
  line: ({ estimated, isUncounted, taskId }, { state, colors }) => {
    // Said once: a provider that tells nothing never does, and a price stays unknown.
    const lines = [
      estimated &&
        state.estimatedCalls === 1 &&
        `! cost estimated: the provider did not tell what ${text(taskId)} used, so what was reserved counts`,
      isUncounted &&
        state.uncountedCalls === 1 &&
        `! cost not counted: no price is known of the model that ${text(taskId)} asks, only its tokens count`,
    ].filter((line) => typeof line === 'string');
    return lines.length > 0 ? lines.map(colors.yellow).join('\n') : null;
  },
  isWhole: true,
};

/** How every event is shown; null: it only moves the live area. */
const shown: { readonly [Type in RunEvent['type']]: Shown<Type> | null } = {
  'workflow:start': {
    line: (event, { colors }) => colors.bold(`${text(event.name)}: ${plural(event.taskCount, 'task')}`),
  },
  'workflow:complete': null,
  'workflow:results': null,
  'workflow:error': { line: (event, { colors }) => colors.red(`✗ ${text(event.reason)}`), isWhole: true },
  'phase:start': {
    // How many tasks a phase of a script has is known at its end.
    line: ({ phase, mode, taskCount }, { colors }) =>
      colors.bold(`Phase ${text(phase)}`) +
      (taskCount > 0 ? colors.dim(` (${mode}, ${plural(taskCount, 'task')})`) : ''),
  },
  'phase:complete': {
    line: ({ phase, duration }, { colors }) =>
      colors.dim(`Phase ${text(phase)} ended after ${formatDuration(duration)}`),
  },
  'wave:start': null,
  'wave:complete': null,
  'task:added': { line: taskAdded },
  'task:expanded': null,
  'task:assigned': {
    line: ({ taskId, member }, { colors }) => colors.dim(`  ${text(taskId)} is done by ${text(member)}`),
  },
  'task:start': { line: taskStart },
  'task:complete': { line: taskEnd },
  'task:error': {
    line: ({ taskId, willRetry, error }, { colors }) =>
      colors.red(`✗ ${text(taskId)} ${willRetry ? 'failed, tries again' : 'failed'}: ${text(error)}`),
    isWhole: true,
  },
  'task:skipped': {
    line: ({ taskId, byCondition, reason }, { colors }) =>
      byCondition
        ? colors.dim(`– ${text(taskId)} not needed: ${preview(text(reason), longestCondition)}`)
        : colors.yellow(`– ${text(taskId)} skipped: ${text(reason)}`),
    isWhole: true,
  },
  'task:reused': {
    line: ({ taskId, from, files }, { colors }) =>
      `${colors.green('=')} ${text(taskId)} reused ${colors.dim(`from ${text(from)}${files ? reusedFiles[files] : ''}`)}`,
  },
  'task:waiting': ask,
  'task:resumed': null,
  'agent:invoke': {
    line: ({ taskId, model, chosen }, { colors }) =>
      chosen ? colors.dim(`  ${text(taskId)} is asked of ${text(model)} (${text(chosen.reason)})`) : null,
  },
  'agent:answer': estimate,
  'agent:broken': estimate,
  'context:notes': null,
  'context:pruned': {
    line: ({ taskId, messages, model }, { colors }) =>
      colors.dim(
        `  ${text(taskId)} goes on with a summary of ${plural(messages, 'message')}${model ? ` by ${text(model)}` : ''}`,
      ),
  },
  'tool:call': null,
  'tool:result': null,
  'message:sent': {
    line: ({ from, to, preview }, { colors }) => colors.dim(`  ${text(from)} to ${text(to)}: ${text(preview)}`),
  },
  'message:delivered': null,
  'blocker:raised': ask,
  'blocker:resolved': {
    line: ({ by, taskId, answer }) => `● ${text(by)} answers ${text(taskId)}: ${text(answer)}`,
    isWhole: true,
  },
  'approval:requested': ask,
  'approval:reminder': askAgain,
  'approval:escalated': askAgain,
  'approval:decided': { line: decided, isWhole: true },
  'approval:expired': {
    line: ({ taskId, outcome }, { colors }) =>
      colors.yellow(`! nobody decided in time about ${text(taskId) || 'the run'}: ${outcome}`),
    isWhole: true,
  },
  ...codingLines,
  'checkpoint:saved': {
    line: ({ checkpoint, snapshot, snapshots = {} }, { colors }) => {
      const keepsFiles = snapshot !== null || Object.keys(snapshots).length > 0;
      return colors.dim(`  checkpoint ${text(checkpoint)}${keepsFiles ? '' : ', without files'}`);
    },
  },
  'checkpoint:error': {
    line: ({ checkpoint, error }, { colors }) =>
      colors.yellow(`! checkpoint ${text(checkpoint)} could not be saved: ${text(error)}`),
    isWhole: true,
  },
  'compensation:start': {
    line: ({ taskId, taskEnded }, { colors }) =>
      colors.yellow(`↶ undoing ${text(taskId)}${taskEnded ? '' : ' (which never ended)'}`),
  },
  'compensation:complete': { line: ({ taskId }, { colors }) => colors.yellow(`↶ ${text(taskId)} undone`) },
  'compensation:error': {
    line: ({ taskId, error }, { colors }) => colors.red(`✗ ${text(taskId)} could not be undone: ${text(error)}`),
    isWhole: true,
  },
  'run:paused': {
    line: ({ state, by, reason }, { colors }) => {
      const calls = state === 'pausing' ? ', calls in flight still end' : '';
      return colors.yellow(`‖ ${state} by ${text(by)}${reason ? `: ${text(reason)}` : ''}${calls}`);
    },
    isAnswered: true,
  },
  'run:waiting': {
    line: ({ detail }, { state, colors }) => (state.waits.size > 0 ? null : colors.yellow(`? waits: ${text(detail)}`)),
    isWhole: true,
    isAnswered: true,
  },
  // Without a name it goes on by itself, and what it waited for has its own line.
  'run:resumed': { line: ({ by }) => (by ? `▶ goes on, resumed by ${text(by)}` : null) },
  'run:limits': { line: (event) => `● limits changed by ${text(event.by)}: ${text(toldWords(event))}` },
  'run:priority': {
    line: ({ by, priority, task = 'the run' }) => `● priority of ${text(task)} is ${priority}, says ${text(by)}`,
  },
  'run:log': { line: (event) => `  ${text(event.text)}` },
  'run:cancelled': {
    line: ({ reason }, { colors }) => colors.yellow(`! cancelling: ${text(reason)}`),
    isWhole: true,
  },
  // Whoever undid it says so.
  'run:rolled-back': null,
  'run:merged': {
    line: ({ status, reason }) => `● branches went in since: ${status}${reason === null ? '' : `: ${text(reason)}`}`,
  },
  'run:evaluated': {
    line: ({ run, grade, score }) => `Evaluated ${text(run)}: ${text(grade)}, ${score} of 100`,
  },
  'issue:created': issue,
  'issue:claimed': issue,
  'issue:blocked': issue,
  'issue:unblocked': issue,
  'issue:closed': issue,
  'state:set': {
    line: ({ stateKey, version, actor, detail }, { colors }) =>
      colors.dim(`  state ${text(stateKey)} = ${text(detail)} (version ${version}, by ${text(actor)})`),
  },
  'budget:warning': budget,
  'budget:exceeded': budget,
};

function shownOf(event: RunEvent): Shown<RunEvent['type']> | null {
  // A story may have events of a later version.
  return Object.hasOwn(shown, event.type) ? (shown[event.type] as Shown<RunEvent['type']> | null) : null;
}

/**
 * The line that stays for an event, or null when the event only moves the live area (turns, tool calls).
 *
 * `state` is the run after the event. States are words, never colour alone.
 */
export function eventLine(event: RunEvent, state: RunState, colors: Colors): string | null {
  return shownOf(event)?.line(event, { state, colors }) ?? null;
}

/** Whether the line of an event is never cut. */
export function keepsWhole(event: RunEvent): boolean {
  return shownOf(event)?.isWhole === true;
}

/** Whether an event asks for something that a command answers. */
export function asksForAnswer(event: RunEvent): boolean {
  return shownOf(event)?.isAnswered === true;
}

/** Whether an event puts a question, whose whole text is shown where it is answered. */
export function isQuestion({ type }: RunEvent): boolean {
  return type === 'task:waiting' || type === 'blocker:raised' || type === 'approval:requested';
}
