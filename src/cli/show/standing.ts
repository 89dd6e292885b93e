import { asCalled } from '../base/called-as.ts';
import { countAll } from '../../domain/run/for-each-groups.ts';
import { waitsOf, type RunState } from '../../domain/run/run-state.ts';
import { countOpen } from '../../domain/run/task-state.ts';
import { inPlanOrder } from '../../client/follow/arranged-result.ts';
import type { Standing } from '../../client/follow/to-run-view.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { waitText } from '../../client/follow/wait-text.ts';
import { formatCount, formatDate, formatCost, plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { runStatuses, type TaskStatus } from '../../domain/run/run-result.ts';
import { openBranchLines } from './branch-lines.ts';
import { paintEnd, signOf } from './summary.ts';
import { whoDoes } from './who-does.ts';
import { table, type Cell, type Column } from './table.ts';
import type { Colors } from '../base/terminal.ts';

const columns: readonly Column[] = [
  { title: 'Task', flexible: 12, isId: true },
  { title: 'State' },
  { title: 'Agent', drop: 3 },
  { title: 'Turn', align: 'right', drop: 4 },
  { title: 'Tokens', align: 'right', drop: 5 },
  { title: 'Cost', align: 'right' },
  { title: 'Latest', flexible: 10, drop: 2 },
];

/** What a run is called in the store. Else it is parked, or Temporal ended it. */
const openRunStatuses: readonly string[] = runStatuses;

/** A run that has not ended, for people: how it stands, and its tasks. */
export function stateLines(
  { row, state, status, cutOff = null }: Pick<Standing, 'row' | 'state' | 'status' | 'cutOff'>,
  { columns: room, colors }: { columns: number; colors: Colors },
): string[] {
  const tasks = inPlanOrder([...state.tasks.keys()]).map((id) => state.tasks.get(id)!);
  const rows = tasks.map((task): Cell[] => [
    task.id,
    stateCell(task.status, status, colors),
    whoDoes(task),
    String(task.turn),
    formatCount(task.tokens),
    formatCost(task.costUsd, task.uncountedCalls),
    task.waitsFor ? `waits: ${task.waitsFor.detail}` : (task.error ?? task.activity),
  ]);
  return [
    `${colors.bold(safeLine(row.runId))} ${paintEnd(status, colors)(status)}, started ${formatDate(row.startedAt)}`,
    ...(state.hold && !cutOff ? [colors.yellow(holdText(state.hold))] : []),
    '',
    ...table(columns, rows, { columns: room, paintTitle: colors.dim }),
    '',
    [
      `${state.tasks.size - countOpen(state)} of ${plural(countAll(state), 'task')} done`,
      `${formatCount(state.tokens)} tokens`,
      formatCost(state.costUsd, state.uncountedCalls),
    ].join(' · '),
    ...(cutOff ? [] : waitLines(row.runId, state, colors)),
    ...openBranchLines(state, colors),
    ...compensationLines(state, colors),
  ];
}

/** Of a run that nobody works on, nothing runs. */
function stateCell(task: TaskStatus, run: string, colors: Colors): Cell {
  const isOpen = openRunStatuses.includes(run);
  if (task === 'running' && !isOpen)
    return { text: `– ${run === 'parked' ? 'parked' : 'cut off'}`, paint: colors.yellow };
  return { text: `${signOf(task)} ${task}`, paint: paintEnd(task, colors) };
}

function holdText({ state, by, detail }: NonNullable<RunState['hold']>): string {
  return safeLine(`${state}${by ? ` by ${by}` : ''}${detail ? `: ${detail}` : ''}`);
}

function waitLines(runId: string, state: RunState, colors: Colors): string[] {
  const open = waitsOf(state);
  const lines = open.flatMap((one) => [
    `${colors.yellow('?')} ${waitText(one)}`,
    `    ${colors.cyan(asCalled(answerCommand(runId, one, open)))}`,
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
