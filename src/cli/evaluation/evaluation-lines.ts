import type { CheckResult, EvaluationReport, Evaluation, TaskEvaluation } from '../../domain/evaluation/evaluation.ts';
import { formatDuration, formatUsd, plural } from '../../domain/format.ts';
import { gradesText, type Grade } from '../../domain/grades.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';
import { recommendationLines } from './recommendation-lines.ts';
import { table, type Cell, type Column } from '../show/table.ts';

const taskColumns: readonly Column[] = [
  { title: 'Task', flexible: 10, isId: true },
  { title: 'Score', align: 'right' },
  { title: 'State', drop: 2 },
  { title: 'Agent', drop: 4 },
  { title: 'Attempts', align: 'right', drop: 3 },
  { title: 'Tool errors', align: 'right', drop: 5 },
  { title: 'Loops', align: 'right', drop: 6 },
  { title: 'Cost', align: 'right', drop: 1 },
  { title: 'Time', align: 'right' },
];

const checkColumns: readonly Column[] = [
  { title: 'Check', flexible: 8, isId: true },
  { title: 'Task', flexible: 8, isId: true },
  { title: 'Score', align: 'right' },
  { title: 'Why', flexible: 20 },
];

interface View {
  columns: number;
  colors: Colors;
}

/** An evaluation for people: the grade, what it is made of, what became of each task and check, and what there is reason to do. */
export function evaluationLines(evaluation: EvaluationReport, { columns, colors }: View): string[] {
  const sizes = { columns, paintTitle: colors.dim };
  const { evaluationCostUsd: judgesCost } = evaluation;
  const tasks = Object.entries(evaluation.tasks).map(([id, task]) => taskRow(id, task, colors));
  const checks = [
    ...evaluation.checks.map((check) => checkRow('', check, colors)),
    ...Object.entries(evaluation.tasks).flatMap(([id, task]) =>
      task.checks.map((check) => checkRow(id, check, colors)),
    ),
  ];
  return [
    `${gradeLine(evaluation, colors)} ${colors.dim(`(${gradesText})`)}`,
    '',
    ...table(taskColumns, tasks, sizes),
    ...(checks.length > 0 ? ['', ...table(checkColumns, checks, sizes)] : []),
    '',
    ...partLines(evaluation),
    `Evaluated by ${safeLine(evaluation.by)}${judgesCost > 0 ? `, whose judges cost ${formatUsd(judgesCost)}` : ''}`,
    ...recommendationLines(evaluation.recommendations, colors),
  ];
}

/** The same in one line: how good a run was. */
export function gradeLine({ runId, grade, score, isComplete }: Evaluation, colors: Colors): string {
  const rest = isComplete ? '' : colors.yellow(', and not every check could be looked at');
  return `${colors.bold(safeLine(runId))} ${paintGrade(grade, colors)(colors.bold(grade))}: ${score} of 100${rest}`;
}

function paintGrade(grade: Grade, colors: Colors): (text: string) => string {
  if (grade === 'EXCELLENT' || grade === 'GOOD') return colors.green;
  return grade === 'FAIR' ? colors.yellow : colors.red;
}

function partLines({ checksScore, performance, quality }: Evaluation): string[] {
  const { executions, attempts, successRate, durationMs } = performance;
  const share = (part: number): string => `${Math.round(part * 100)} %`;
  const did = `${share(successRate)} of ${plural(executions, 'execution')} succeeded, in ${plural(attempts, 'attempt')}, ${formatDuration(durationMs)}`;
  const { errorRate, toolCalls, toolErrors, loops } = quality;
  const errors = `${share(errorRate)} of attempts failed, ${toolErrors} of ${plural(toolCalls, 'tool call')} gave an error, ${plural(loops, 'loop')}`;
  return [
    ...(checksScore === null ? [] : [`Checks       ${checksScore}`]),
    `Performance  ${performance.score}: ${did}`,
    `Quality      ${quality.score}: ${errors}`,
  ];
}

function taskRow(id: string, task: TaskEvaluation, colors: Colors): Cell[] {
  const { score, status, agent, attempts, toolCalls, toolErrors, loops, costUsd, durationMs } = task;
  const errors = toolCalls === 0 ? '' : `${toolErrors} of ${toolCalls}`;
  const counts = [String(attempts), errors, loops === 0 ? '' : String(loops)];
  return [id, scoreCell(score, colors), status, agent, ...counts, formatUsd(costUsd), formatDuration(durationMs)];
}

function checkRow(task: string, { name, score, detail }: CheckResult, colors: Colors): Cell[] {
  return [name, task, scoreCell(score, colors), detail];
}

function scoreCell(score: number | null, colors: Colors): Cell {
  if (score === null) return { text: '–', paint: colors.dim };
  return { text: String(score), paint: score >= 75 ? colors.green : score >= 60 ? colors.yellow : colors.red };
}
