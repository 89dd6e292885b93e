import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { countAll } from '../../domain/run/for-each-groups.ts';
import { formatCount, plural, tableCost } from '../../domain/format.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { shellWord } from '../../domain/shell-word.ts';
import type { TaskState } from './work-item.ts';

/** What of a run its page in the Web UI shows. */
export interface ShownRun {
  runId: string;
  status: RunStatus;
  tasks: ReadonlyMap<string, TaskState>;
  /** How many items each `for_each` has whose width is known. */
  widths: ReadonlyMap<string, number>;
  waiting: WaitingAnswer;
  /** Who paused it, and why; null: nobody. */
  pause: { by: string; reason: string } | null;
  /** What all of it cost, once it is over: with what undid and helped. */
  total: { costUsd: number; tokens: number; isUncounted?: true } | null;
}

/** Rows of the table; a longer plan shows those first that need somebody. */
const maxRows = 60;
/** What is listed of what waits. */
const mostWaits = 10;
const longestWhat = 200;

/** Markdown for the Web UI's page of a run: how it stands, what waits for whom, and its tasks. */
export function toRunDetails(run: ShownRun): string {
  const { all, ordered } = listed(run);
  return [
    `### ${headOf(run, all)}`,
    '',
    ...waitLines(run),
    ...tableOf(ordered),
    ...(all.length > maxRows ? ['', `${all.length - maxRows} more tasks are not shown.`] : []),
  ].join('\n');
}

/** The same of a run that has ended, as plain values: kept in the workflow's memo, they are there without a worker. */
export function toKeptEnd(run: ShownRun): { end: string; tasks: Record<string, string>; notShown?: number } {
  const { all, ordered } = listed(run);
  const more = all.length - ordered.length;
  const tasks = Object.fromEntries(ordered.map((task) => [task.id, lineOf(task)]));
  return { end: headOf(run, all), tasks, ...(more > 0 && { notShown: more }) };
}

function listed({ tasks }: ShownRun): { all: TaskState[]; ordered: TaskState[] } {
  const all = [...tasks.values()];
  return { all, ordered: all.length > maxRows ? firstByRank(all) : all };
}

function lineOf({ phase, agent, status, progress }: TaskState): string {
  const spent = progress
    ? [plural(progress.turns, 'turn'), `${formatCount(progress.tokens)} tokens`, tableCost(progress)]
    : [];
  return [...(phase === null ? [] : [phase]), agent, status, ...spent].join(' · ');
}

function headOf({ status, tasks, widths, total }: ShownRun, all: readonly TaskState[]): string {
  let done = 0;
  let isUncounted = total?.isUncounted;
  const sum = { costUsd: 0, tokens: 0 };
  for (const { status: state, progress } of all) {
    if (state === 'succeeded' || state === 'reused') done++;
    sum.costUsd += progress?.costUsd ?? 0;
    sum.tokens += progress?.tokens ?? 0;
    isUncounted ??= progress?.isUncounted;
  }
  const { costUsd, tokens } = total ?? sum;
  const cost = tableCost({ costUsd, ...(isUncounted && { isUncounted }) });
  const count = `${done} of ${plural(countAll({ tasks, widths, taskCount: 0 }), 'task')} succeeded`;
  return `${status}: ${count} · ${formatCount(tokens)} tokens · ${cost}`;
}

function waitLines({ runId, waiting, pause }: ShownRun): string[] {
  const waits = waiting.map(({ approval, taskId, ...one }) => {
    return { ...one, taskId: taskId || null, asks: approval?.by ?? [] };
  });
  const lines = waits.slice(0, mostWaits).map((one) => {
    return `- ${one.taskId === null ? 'the run' : code(one.taskId)} waits: ${code(one.what)} ${command(answerCommand(runId, one, waits))}`;
  });
  if (waits.length > mostWaits)
    lines.push(`- ${waits.length - mostWaits} more: ${command(`gaffer approvals ${shellWord(runId)}`)}`);
  if (pause) {
    const why = pause.reason === '' ? '' : `: ${code(pause.reason)}`;
    lines.unshift(`- paused by ${code(pause.by)}${why} ${command(`gaffer resume ${shellWord(runId)}`)}`);
  }
  return lines.length > 0 ? [...lines, ''] : [];
}

// In a span of code nothing is a link, a picture or a heading, whoever wrote it.
function code(text: string): string {
  const line = text.replace(/[`\s]+/g, ' ').trim();
  return `\`${line.length > longestWhat ? `${line.slice(0, longestWhat).toWellFormed()}…` : line}\``;
}

// What cannot be shown as it is would be another command.
function command(text: string): string {
  return /[`\n]/.test(text) ? '(`gaffer approvals` says how it is answered)' : `→ \`${text}\``;
}

const right = '---:';

const columns = [
  { title: 'phase', side: ':---', of: ({ phase }: TaskState) => phase ?? '' },
  { title: 'task', side: ':---', of: ({ id }: TaskState) => id },
  { title: 'agent', side: ':---', of: ({ agent }: TaskState) => agent },
  { title: 'state', side: ':---', of: ({ status }: TaskState) => (status === 'pending' ? 'not started' : status) },
  { title: 'turns', side: right, of: ({ progress }: TaskState) => (progress ? `\u00a0${progress.turns}` : '') },
  { title: 'tokens', side: right, of: ({ progress }: TaskState) => (progress ? `\u00a0${progress.tokens}` : '') },
  { title: 'cost', side: right, of: ({ progress }: TaskState) => (progress ? `\u00a0${tableCost(progress)}` : '') },
];

/** Columns in which nothing stands are left out. */
function tableOf(tasks: readonly TaskState[]): string[] {
  const filled = columns
    .map(({ of, ...column }) => ({ ...column, cells: tasks.map(of) }))
    .filter(({ title, cells }) => title === 'task' || cells.some((text) => text !== ''));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(filled.map(({ title, side }) => (side === right ? `\u00a0${title}` : cell(title)))),
    row(filled.map(({ side }) => side)),
    ...tasks.map((_, at) => row(filled.map(({ cells }) => cell(cells[at]!)))),
  ];
}

const order: readonly string[] = ['waiting', 'running', 'failed', 'pending'];

// Looked at once, not sorted: this may be 10,000 tasks.
function firstByRank(all: readonly TaskState[]): TaskState[] {
  const ranks: TaskState[][] = [[], [], [], [], []];
  for (const task of all) {
    const index = order.indexOf(task.status);
    const rank = ranks[index < 0 ? order.length : index]!;
    if (rank.length < maxRows) rank.push(task);
  }
  return ranks.flat().slice(0, maxRows);
}

// The Web UI's tables have no padding of their own.
function cell(text: string): string {
  return `${text.replace(/[|\r\n`<>[\]!*_]/g, (sign) => (sign === '_' || sign === '[' || sign === ']' ? `\\${sign}` : ' '))}\u00a0\u00a0`;
}
