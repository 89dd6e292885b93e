import { asCalled } from '../base/called-as.ts';
import { countAll } from '../../domain/run/for-each-groups.ts';
import { waitsOf, countTasks, type RunState, type TaskState } from '../../domain/run/run-state.ts';
import { countOpen } from '../../domain/run/task-state.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { waitText, waitedText } from '../../client/follow/wait-text.ts';
import { cell, displayWidth, truncateMiddle } from '../base/display-width.ts';
import { formatCost, formatCount, formatDuration, formatElapsed, formatUsdLimit } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { whoDoes } from './who-does.ts';
import type { Colors } from '../base/terminal.ts';

/** What the live area is made from. `now` in ms since the epoch; `stuck` is the cause why nothing moves. */
export interface LiveView {
  state: RunState;
  runId: string;
  now: number;
  columns: number;
  rows: number;
  limitUsd: number | null;
  /** How long it may still take, as earlier runs did; null: nobody knows. */
  leftMs?: number | null;
  stuck: string | null;
  /** Which calls wait for their turn. */
  held?: string | null;
  colors: Colors;
}

const mostLines = 12;

/** The lines of the live area: one for the run, then what needs attention first; at most min(12, rows / 2) of them. */
export function liveLines(view: LiveView): string[] {
  const room = Math.max(1, Math.min(mostLines, Math.floor(view.rows / 2)));
  const lines = [headLine(view)];
  if (view.stuck) lines.push(view.colors.yellow(`! stuck: ${asCalled(safeLine(view.stuck))}`));
  if (view.held) lines.push(view.colors.cyan(safeLine(view.held)));
  lines.push(...waitLines(view, Math.max(1, Math.floor(room / 3))));
  const running = tasksIn(view.state, 'running');
  const counts = countTasks(view.state);
  const unbegun = counts.pending + counts.ready + countAll(view.state) - view.state.tasks.size;
  const left = room - lines.length;
  const fitting = running.length + (unbegun > 0 ? 1 : 0) <= left ? running.length : Math.max(0, left - 1);
  const width = nameWidth(view, running.slice(0, fitting));
  lines.push(...running.slice(0, fitting).map((task) => taskRow(task, view, width)));
  const rest = [
    running.length > fitting ? `${running.length - fitting} more running` : '',
    unbegun > 0 ? `${unbegun} not started` : '',
  ].filter(Boolean);
  if (rest.length > 0) lines.push(view.colors.dim(`  ${rest.join(' · ')}`));
  return lines.slice(0, room);
}

/** What waits for a person, oldest first. */
function waitLines({ state, now, colors, runId }: LiveView, most: number): string[] {
  const open = waitsOf(state);
  const shown = open.slice(0, open.length > most ? most - 1 : most);
  // The command comes first: the end of a long line is cut.
  const lines = shown.map((one) =>
    colors.yellow(`? ${asCalled(answerCommand(runId, one, open))} · ${waitedText(one, now)} · ${waitText(one)}`),
  );
  const more = open.length - shown.length;
  return more > 0 ? [...lines, colors.yellow(`? ${more} more wait: ${asCalled('gaffer approvals')}`)] : lines;
}

/** The whole run in one plain line: the heartbeat of a log. */
export function heartbeatLine({ state, now }: Pick<LiveView, 'state' | 'now'>): string {
  const running = tasksIn(state, 'running');
  const names = running.slice(0, 4).map((task) => `${safeLine(task.id)} turn ${task.turn}`);
  const more = running.length > 4 ? [`${running.length - 4} more`] : [];
  const doing = running.length > 0 ? ` (${[...names, ...more].join(', ')})` : '';
  return [
    `${state.status}: ${doneOf(state)}`,
    `${running.length} running${doing}`,
    `${formatCount(state.tokens)} tokens`,
    formatCost(state.costUsd, state.uncountedCalls),
    elapsed(state.startedAt, now),
  ].join(' · ');
}

function headLine({ state, runId, now, columns, limitUsd, leftMs = null, colors }: LiveView): string {
  const money =
    formatCost(state.costUsd, state.uncountedCalls) + (limitUsd === null ? '' : ` of ${formatUsdLimit(limitUsd)}`);
  const left = leftMs === null ? '' : `, ~${formatDuration(leftMs)} left`;
  const numbers = [doneOf(state), elapsed(state.startedAt, now) + left, money];
  if (columns >= 70) numbers.push(`${formatCount(state.tokens)} tokens`);
  const word = state.cancelReason === null ? state.status : 'cancelling';
  const rest = ` · ${numbers.join(' · ')}`;
  const room = columns - 2 - displayWidth(word + rest);
  const name = columns >= 60 && room >= 8 ? `${truncateMiddle(safeLine(runId), room)} ` : '';
  return `${colors.bold(name + word)} ${colors.dim('·')} ${numbers.join(colors.dim(' · '))}`;
}

function taskRow(task: TaskState, view: LiveView, width: number): string {
  const { colors, columns, now } = view;
  const numbers = [
    columns >= 80 ? `${formatCount(task.tokens)} tok`.padStart(10) : '',
    columns >= 60 ? formatCost(task.costUsd, task.uncountedCalls).padStart(8) : '',
    elapsed(task.startedAt, now).padStart(6),
  ];
  const tail = ` ${numbers.filter(Boolean).join(' ')}`;
  const name = cell(task.id, width, { isId: true });
  const space = task.member === undefined ? 16 : 32;
  const agent = columns >= 100 ? ` ${cell(whoDoes(task), space)}` : '';
  const attempt = task.attempt > 1 ? ` attempt ${task.attempt},` : '';
  const doing = `${attempt} turn ${task.turn}${task.activity ? `: ${task.activity}` : ''}`.trimStart();
  const room = columns - 1 - (2 + width + 1 + (agent ? space + 1 : 0) + tail.length);
  return `${colors.cyan('●')} ${name}${colors.dim(agent)} ${cell(doing, Math.max(0, room))}${colors.dim(tail)}`;
}

function nameWidth({ columns }: LiveView, tasks: readonly TaskState[]): number {
  const longestName = Math.max(0, ...tasks.map((task) => task.id.length));
  return Math.min(longestName, Math.max(10, Math.floor(columns / 3)));
}

function tasksIn(state: RunState, status: TaskState['status']): TaskState[] {
  return [...state.tasks.values()].filter((task) => task.status === status);
}

function doneOf(state: RunState): string {
  const counts = countTasks(state);
  const total = countAll(state);
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : '';
  const cancelled = counts.cancelled > 0 ? `, ${counts.cancelled} cancelled` : '';
  const undone = counts.compensated > 0 ? `, ${counts.compensated} undone` : '';
  return `${Math.max(0, state.tasks.size - countOpen(state))}/${total} tasks done${failed}${cancelled}${undone}`;
}

function elapsed(startedAt: string | null, now: number): string {
  return formatElapsed(startedAt === null ? 0 : now - Date.parse(startedAt));
}
