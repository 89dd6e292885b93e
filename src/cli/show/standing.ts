import { waitsOf, countOpen, type RunState } from '../../domain/run/run-state.ts';
import type { Standing } from '../../client/follow/to-run-view.ts';
import { answerCommand, waitText } from '../../client/follow/wait-text.ts';
import { formatCount, formatDate, formatCost, plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { paintEnd, signOf } from './summary.ts';
import { table, type Cell, type Column } from './table.ts';
import type { Colors } from '../base/terminal.ts';

const columns: readonly Column[] = [
  { title: 'Task', flexible: 12 },
  { title: 'State' },
  { title: 'Agent', drop: 3 },
  { title: 'Turn', align: 'right', drop: 4 },
  { title: 'Tokens', align: 'right', drop: 5 },
  { title: 'Cost', align: 'right', drop: 1 },
  { title: 'Latest', flexible: 10, drop: 2 },
];

/** A run that has not ended, for people: how it stands, and its tasks. */
export function stateLines(
  { row, state, status }: Pick<Standing, 'row' | 'state' | 'status'>,
  { columns: room, colors }: { columns: number; colors: Colors },
): string[] {
  const rows = [...state.tasks.values()].map((task): Cell[] => [
    task.id,
    { text: `${signOf(task.status)} ${task.status}`, paint: paintEnd(task.status, colors) },
    task.agent,
    String(task.turn),
    formatCount(task.tokens),
    formatCost(task.costUsd, task.uncountedCalls),
    task.waitsFor ? `waits: ${task.waitsFor.detail}` : (task.error ?? task.activity),
  ]);
  return [
    `${colors.bold(safeLine(row.runId))} ${paintEnd(status, colors)(status)}, started ${formatDate(row.startedAt)}`,
    ...(state.hold ? [colors.yellow(holdText(state.hold))] : []),
    '',
    ...table(columns, rows, { columns: room, paintTitle: colors.dim }),
    '',
    [
      `${state.tasks.size - countOpen(state)} of ${plural(state.tasks.size, 'task')} done`,
      `${formatCount(state.tokens)} tokens`,
      formatCost(state.costUsd, state.uncountedCalls),
    ].join(' · '),
    ...waitLines(row.runId, state, colors),
    ...compensationLines(state, colors),
  ];
}

function holdText({ state, by, detail }: NonNullable<RunState['hold']>): string {
  return safeLine(`${state}${by ? ` by ${by}` : ''}${detail ? `: ${detail}` : ''}`);
}

function waitLines(runId: string, state: RunState, colors: Colors): string[] {
  const open = waitsOf(state);
  const lines = open.flatMap((one) => [
    `${colors.yellow('?')} ${waitText(one)}`,
    `    ${colors.cyan(answerCommand(runId, one, open))}`,
  ]);
  return lines.length > 0 ? ['', ...lines] : [];
}

function compensationLines({ compensations }: RunState, colors: Colors): string[] {
  const lines = [...compensations.values()].map(({ taskId, status, error }) => {
    const words = { running: 'is being undone', succeeded: 'undone', failed: 'could not be undone' }[status];
    return `${colors.yellow('↶')} ${safeLine(taskId)} ${words}${error ? `: ${safeLine(error)}` : ''}`;
  });
  return lines.length > 0 ? ['', ...lines] : [];
}
