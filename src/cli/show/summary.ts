import { stopOf, undoneText } from '../../domain/run/run-end.ts';
import type { RunResult, TaskResult, TaskStatus } from '../../domain/run/run-result.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import { formatCost, formatCount, formatDuration, formatUsd, plural } from '../../domain/format.ts';
import type { RunState, TaskState } from '../../domain/run/run-state.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { branchLines } from './branch-lines.ts';
import { outputLines } from './output-lines.ts';
import { whoDoes } from './who-does.ts';
import { table, type Cell, type Column } from './table.ts';
import type { Colors } from '../base/terminal.ts';

const columns: readonly Column[] = [
  { title: 'Task', flexible: 10, isId: true },
  { title: 'State' },
  { title: 'Agent', drop: 3 },
  { title: 'Context', drop: 6 },
  { title: 'Turns', align: 'right', drop: 5 },
  { title: 'Tokens', align: 'right', drop: 4 },
  { title: 'Cost', align: 'right' },
  { title: 'Time', align: 'right' },
];

/** How the end of a run is shown. `planned`: ids of the plan's tasks, without those that were added; `story`: what its events tell of its tasks, for who did them. */
interface SummaryView {
  columns: number;
  colors: Colors;
  planned?: readonly string[];
  story?: RunState['tasks'];
}

/** The end of a run for people: how it ended and why, one line a task, and what all of it took. */
export function summaryLines(result: RunResult, { columns: room, colors, planned = [], story }: SummaryView): string[] {
  const { summary } = result;
  const head = colors.bold(`${safeLine(result.runId)} ${paintEnd(result.status, colors)(result.status)}`);
  // "cancelled: cancelled; …" says it twice.
  const isSaid = stopOf(result)?.reason === result.status;
  const why = isSaid ? undoneText(result.compensations ?? []) : result.reason;
  const reason = why ? `: ${safeLine(why)}` : '';
  const tasks = Object.entries(result.tasks).map(([id, task]) => row(id, { ...story?.get(id), ...task }, colors));
  return [
    head + reason,
    '',
    ...table(columns, tasks, { columns: room, paintTitle: colors.dim }),
    '',
    ...wrapFacts(facts(summary), room),
    ...compensationLines(result, colors),
    ...outputLines(result, planned, colors),
    ...branchLines(result, colors),
  ];
}

function compensationLines(
  { compensations = [] }: Partial<Pick<RunResult, 'compensations'>>,
  colors: Colors,
): string[] {
  const lines = compensations.map(({ taskId, taskEnded, status, error }) => {
    const words = status === 'succeeded' ? colors.yellow('↶ undone') : colors.red('✗ could not be undone');
    return `${words}: ${safeLine(taskId)}${taskEnded ? '' : ' (which never ended)'}${error ? `: ${safeLine(error)}` : ''}`;
  });
  return lines.length > 0 ? ['', ...lines] : [];
}

/** The colour of a state of a run or a task; the word itself always stands beside it. */
export function paintEnd(status: string, colors: Colors): (text: string) => string {
  if (status === 'succeeded' || status === 'reused') return colors.green;
  if (status === 'failed') return colors.red;
  const yellow = 'partial stopped cancelled skipped compensated compensating waiting pausing paused'.split(' ');
  return yellow.includes(status) ? colors.yellow : colors.cyan;
}

/** The sign before a task's state. */
export function signOf(status: TaskStatus): string {
  const signs: Partial<Record<TaskStatus, string>> = {
    succeeded: '✓',
    failed: '✗',
    running: '●',
    waiting: '?',
    reused: '=',
    compensated: '↶',
  };
  return signs[status] ?? '–';
}

function row(id: string, task: TaskResult & Pick<TaskState, 'member' | 'track'>, colors: Colors): Cell[] {
  return [
    id,
    stateCell(task, colors),
    whoDoes(task),
    task.context,
    String(task.turns),
    formatCount(totalTokens(task.usage)),
    formatCost(task.costUsd, task.uncountedCalls),
    formatDuration(task.durationMs),
  ];
}

// A task whose calls were refused may have done nothing of what it was for, whatever its agent says.
function stateCell({ status, refusedCalls = 0 }: TaskResult, colors: Colors): Cell {
  const text = `${signOf(status)} ${status}`;
  if (refusedCalls === 0) return { text, paint: paintEnd(status, colors) };
  const paint = status === 'succeeded' ? colors.yellow : paintEnd(status, colors);
  return { text: `${text}, ${plural(refusedCalls, 'call')} refused`, paint };
}

function facts(summary: RunResult['summary']): string[] {
  const { totalTasks, successfulTasks, failedTasks, cancelledTasks, skippedTasks, reusedTasks } = summary;
  const count = (number: number | undefined, word: string): string => (number ? `${number} ${word}` : '');
  const others = [
    reusedTasks ? `${reusedTasks} of them reused` : '',
    count(failedTasks, 'failed'),
    count(cancelledTasks, 'cancelled'),
    count(skippedTasks, 'skipped'),
    count(summary.compensatedTasks, 'undone'),
    summary.refusedCalls ? `${plural(summary.refusedCalls, 'tool call')} refused` : '',
  ];
  return [
    [`${plural(totalTasks, 'task')}: ${successfulTasks} succeeded`, ...others.filter(Boolean)].join(', '),
    `${formatCount(summary.totalTokens)} tokens`,
    formatUsd(summary.costUsd) + estimatedText(summary.estimatedCalls) + uncountedText(summary.uncountedCalls),
    formatDuration(summary.totalDuration),
    plural(summary.sessions, 'session'),
    plural(summary.contexts, 'context'),
  ];
}

function estimatedText(calls = 0): string {
  return calls > 0 ? ` (${plural(calls, 'call')} estimated)` : '';
}

function uncountedText(calls = 0): string {
  return calls > 0 ? ` + what ${plural(calls, 'call')} cost, of which no price is known` : '';
}

function wrapFacts(parts: readonly string[], room: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last} · ${part}`;
    if (last !== undefined && joined.length <= room) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}
