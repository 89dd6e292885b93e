import { countTasks, type RunState } from '../domain/run-state.ts';
import type { RunRow } from '../store/store.ts';
import { formatCount, formatDate, formatUsd, plural } from './format.ts';
import { safeLine } from './safe-text.ts';
import { paintEnd, signOf } from './summary.ts';
import { table, type Cell, type Column } from './table.ts';
import type { Colors } from './terminal.ts';

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
  { row, state, status }: { row: RunRow; state: RunState; status: string },
  { columns: room, colors }: { columns: number; colors: Colors },
): string[] {
  const counts = countTasks(state);
  const open = counts.pending + counts.ready + counts.running;
  const rows = [...state.tasks.values()].map((task): Cell[] => [
    task.id,
    { text: `${signOf(task.status)} ${task.status}`, paint: paintEnd(task.status, colors) },
    task.agent,
    String(task.turn),
    formatCount(task.tokens),
    formatUsd(task.costUsd),
    task.error ?? task.activity,
  ]);
  return [
    `${colors.bold(safeLine(row.runId))} ${paintEnd(status, colors)(status)}, started ${formatDate(row.startedAt)}`,
    '',
    ...table(columns, rows, { columns: room, paintTitle: colors.dim }),
    '',
    [
      `${state.tasks.size - open} of ${plural(state.tasks.size, 'task')} done`,
      `${formatCount(state.tokens)} tokens`,
      formatUsd(state.costUsd),
    ].join(' · '),
  ];
}

/** The JSON of a run that has not ended: the shape of a result (design section 7), as far as it is known. */
export function stateResult(
  { row, state, status }: { row: RunRow; state: RunState; status: string },
  now: number,
): object {
  const counts = countTasks(state);
  const tasks = [...state.tasks.values()];
  return {
    runId: row.runId,
    workflow: row.workflow,
    status,
    reason: row.reason,
    summary: {
      totalTasks: tasks.length,
      successfulTasks: counts.succeeded,
      failedTasks: counts.failed + counts.cancelled,
      skippedTasks: counts.skipped,
      totalTokens: state.tokens,
      totalDuration: now - Date.parse(row.startedAt),
      costUsd: state.costUsd,
      sessions: new Set(tasks.filter((task) => task.turn > 0).map((task) => task.agent)).size,
      contexts: new Set(tasks.filter((task) => task.turn > 0).map((task) => task.context)).size,
    },
    tasks: Object.fromEntries(
      tasks.map(({ id, status: taskStatus, agent, context, attempt, tokens, costUsd, turn, error }) => [
        id,
        { status: taskStatus, agent, context, attempts: attempt, tokens, costUsd, turns: turn, error },
      ]),
    ),
  };
}
