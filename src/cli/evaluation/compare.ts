import { compareTwo } from '../../client/evaluation/compare-runs.ts';
import type { Both, ComparedRuns, ComparedTask } from '../../domain/evaluation/compare-runs.ts';
import { formatCount, formatDuration, formatUsd } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { paintEnd } from '../show/summary.ts';
import { recommendationLines } from './recommendation-lines.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const columns: readonly Column[] = [
  { title: 'Task', flexible: 10, isId: true },
  { title: 'State' },
  { title: 'Score', align: 'right', drop: 3 },
  { title: 'Tokens', align: 'right', drop: 4 },
  { title: 'Cost', align: 'right', drop: 2 },
  { title: 'Time', align: 'right', drop: 5 },
  { title: 'Asked differently', flexible: 12, drop: 1 },
];

/** `gaffer compare RUN RUN`: two runs side by side. */
export function execute(context: CommandContext, [one, other]: string[], options: { json?: boolean }): Promise<number> {
  const { terminal } = context;
  return reading(context, async (session) => {
    const compared = await compareTwo(session, one!, other!);
    if (options.json) terminal.out(toJson(compared));
    else terminal.out(`${lines(compared, context).join('\n')}\n`);
  });
}

function lines(compared: ComparedRuns, { terminal }: CommandContext): string[] {
  const { runs, workflow, inputs } = compared;
  const colors = terminal.outColors;
  const isOneWorkflow = workflow.one === workflow.other;
  const facts = [
    pair(compared.status, (text) => text),
    ...(compared.score.one === null && compared.score.other === null
      ? []
      : [`score ${pair(compared.score, (score) => score.toFixed(1))}`]),
    `${pair(compared.tokens, formatCount)} tokens`,
    pair(compared.costUsd, formatUsd),
    pair(compared.durationMs, formatDuration),
  ];
  return [
    colors.bold(`${safeLine(runs.one)} → ${safeLine(runs.other)}`),
    ...facts,
    ...(isOneWorkflow ? [] : [colors.yellow(`Other workflow: ${pair(workflow, safeLine)}`)]),
    inputs.length === 0 ? 'The same inputs' : `Other inputs: ${inputs.map(safeLine).join(', ')}`,
    '',
    ...table(
      columns,
      compared.tasks.map((task) => row(task, colors)),
      {
        columns: terminal.outColumns(),
        paintTitle: colors.dim,
      },
    ),
    ...recommendationLines(compared.recommendations, colors),
  ];
}

function row(task: ComparedTask, colors: CommandContext['terminal']['colors']): Cell[] {
  const { status } = task;
  return [
    task.task,
    { text: pair(status, (text) => text), paint: paintEnd(status.other ?? status.one ?? '', colors) },
    pair(task.score, (score) => score.toFixed(1)),
    pair(task.tokens, formatCount),
    pair(task.costUsd, formatUsd),
    pair(task.durationMs, formatDuration),
    task.differs.join(', '),
  ];
}

/** One value where both are the same, `–` where there is none. */
function pair<Value>({ one, other }: Both<Value>, format: (value: Value) => string): string {
  const [first, second] = [one, other].map((value) => (value === null ? '–' : format(value)));
  return first === second ? first! : `${first} → ${second}`;
}
