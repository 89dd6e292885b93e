import type { CheckResult, Evaluation } from '../../domain/evaluation/evaluation.ts';
import type { ScoredTask } from '../../domain/evaluation/score.ts';
import { evaluate, toScore } from '../../domain/evaluation/score.ts';
import { Work } from '../../domain/expressions/expression.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { EvaluatedRun, PlanCheck } from '../../domain/plan/plan-checks.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { RunResult, TaskResult } from '../../domain/run/run-result.ts';
import { hashOf } from '../../store/database/canonical-json.ts';
import type { Sql } from '../../store/database/sql.ts';
import { resultsOf } from '../../store/evaluation/evaluation-plan.ts';
import { writeEvaluation } from '../../store/evaluation/evaluations.ts';
import type { MeasuredTask } from '../../store/evaluation/task-measures.ts';
import { measureTasks } from '../../store/evaluation/task-measures.ts';
import { appendNew } from '../../store/run/events.ts';
import { findFrozen } from '../../store/run/frozen-row.ts';
import { findResult } from '../../store/run/run-result.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { Look, Looked } from './look-at-checks.ts';
import { lookAt, usageOf } from './look-at-checks.ts';

/** The run that was evaluated, what was kept of it, and what both stories tell. */
export interface FinishedEvaluation {
  evaluation: Evaluation;
  told: RunEventDraft;
}

/** How the evaluating run ended. */
export interface EvaluationEnd {
  made: RunResult;
  /** Structured answers of its tasks, whole, by their ids. */
  answers: ReadonlyMap<string, JsonValue>;
}

/** What an evaluation looks at. */
interface Subject {
  no: number;
  plan: FrozenRun['plan'];
  result: RunResult;
  measured: ReadonlyMap<string, MeasuredTask>;
  results: Record<string, JsonValue>;
}

/**
 * Scores the run that a run evaluates, and keeps that, once. In the transaction that ends the evaluating run: so there is no end without it.
 *
 * @returns null: the evaluated run was removed meanwhile
 */
export async function finishEvaluation(
  sql: Sql,
  run: FrozenRun,
  end: EvaluationEnd,
): Promise<FinishedEvaluation | null> {
  const { evaluates } = run.plan;
  const subject = evaluates && (await findSubject(sql, evaluates));
  if (!evaluates || !subject) return null;
  const evaluation = toEvaluation(subject, evaluates.checks, end);
  const { grade, score } = evaluation;
  const about = { run: subject.result.runId, by: run.runId, grade, score };
  const told: RunEventDraft = { key: `evaluated/${run.runKey}`, type: 'run:evaluated', ...about };
  if (await writeEvaluation(sql, subject.no, { byRun: run.runKey, evaluation }))
    await appendNew(sql, subject.no, [told]);
  return { evaluation, told };
}

async function findSubject(sql: Sql, { runKey, checks }: EvaluatedRun): Promise<Subject | null> {
  const row = await findFrozen(sql, runKey);
  const result = row && (await findResult(sql, row.no, { isLocked: false }));
  if (!row || !result) return null;
  const { no, plan } = row;
  const looked = checks.filter(({ kind }) => kind !== 'command' && kind !== 'judge');
  return { no, plan, result, measured: await measureTasks(sql, no), results: await resultsOf(sql, row, looked) };
}

function toEvaluation(subject: Subject, checks: readonly PlanCheck[], end: EvaluationEnd): Evaluation {
  const { made } = end;
  const { plan, result, measured } = subject;
  const work = new Work();
  const results = checks.map((check) => ({ task: check.task, result: toCheckResult(check, subject, { end, work }) }));
  const of = (id: string | null): CheckResult[] => results.filter(({ task }) => task === id).map((each) => each.result);
  const tasks = inOrder(plan, measured).map(([id, task]): [string, ScoredTask] => [id, { ...task, checks: of(id) }]);
  return evaluate({
    ...{ runId: result.runId, workflow: result.workflow, status: result.status, by: made.runId },
    ...{ case: hashOf(plan.inputs), durationMs: result.summary.totalDuration },
    ...{ costUsd: result.summary.costUsd, totalTokens: result.summary.totalTokens },
    evaluationCostUsd: made.summary.costUsd,
    checks: [
      ...of(null),
      // Of a task that never began there is nothing else to show.
      ...results.filter(({ task }) => task !== null && !measured.has(task)).map((each) => each.result),
    ],
    tasks: Object.fromEntries(tasks),
  });
}

/** Tasks in the order of the file; those that were added behind them, as they began. */
function inOrder({ tasks }: FrozenRun['plan'], measured: Subject['measured']): [string, MeasuredTask][] {
  const places = new Map(tasks.map(({ id }, at) => [id, at]));
  const placeOf = (id: string): number => places.get(id) ?? tasks.length;
  return [...measured].toSorted(([one], [other]) => placeOf(one) - placeOf(other));
}

function toCheckResult(
  check: PlanCheck,
  subject: Subject,
  { end, work }: { end: EvaluationEnd; work: Work },
): CheckResult {
  const { name, kind, weight } = check;
  const look = withoutLook(check, subject) ?? lookAt(check, lookedAt(check, subject), work) ?? answered(check, end);
  return { name, kind, weight, ...look };
}

// G1, G2 of score.ts
function withoutLook({ task }: PlanCheck, { measured }: Subject): Look | null {
  if (task === null) return null;
  const status = measured.get(task)?.status ?? 'pending';
  if (status === 'succeeded' || status === 'reused') return null;
  if (status === 'failed' || status === 'compensated') return { score: 0, detail: `the task ${statusWords[status]}` };
  return { score: null, detail: 'the task did not come to an end' };
}

const statusWords = { failed: 'failed', compensated: 'was undone' };

function lookedAt({ task }: PlanCheck, { plan, result, measured, results }: Subject): Looked {
  const { inputs } = plan;
  if (task !== null) {
    const value = (results[task] ?? {}) as JsonObject;
    const isGroup = Boolean(plan.tasks.find(({ id }) => id === task)?.forEach);
    const output = value['output'] ?? null;
    const outputs = isGroup && Array.isArray(output) ? output : [output];
    return { result: value, outputs, usage: usageOf(measured.get(task)!.measures), inputs };
  }
  const { totalTokens: tokens, costUsd, totalDuration: durationMs } = result.summary;
  const outputs = result.outputs ?? null;
  const whole = { status: result.status, reason: result.reason, outputs, tasks: results };
  return { result: whole, outputs: [outputs ?? results], usage: { tokens, costUsd, durationMs }, inputs };
}

// How the results of the shell's tool begin when the command ran.
const ranPattern = /^(exit code|ended by|stopped:)/;

/** What the task of the evaluating run says that did a check. */
function answered({ name, kind }: PlanCheck, { made, answers }: EvaluationEnd): Look {
  const task = made.tasks[name];
  if (!task || task.status === 'cancelled' || task.status === 'skipped')
    return { score: null, detail: preview(`not looked at: ${made.reason ?? 'the evaluation ended before'}`, 300) };
  return kind === 'judge' ? judged(task, answers.get(name)) : exited(task);
}

function exited({ status, error }: TaskResult): Look {
  if (status === 'succeeded') return { score: 100, detail: 'exit code 0' };
  const detail = preview(error ?? status, 300);
  return { score: ranPattern.test(detail) ? 0 : null, detail };
}

function judged({ status, error }: TaskResult, answer: JsonValue | undefined): Look {
  if (status !== 'succeeded' || answer === undefined)
    return { score: null, detail: preview(`not judged: ${error ?? status}`, 300) };
  const { score, reason } = answer as { score: number; reason: string };
  return { score: toScore(score), detail: preview(reason, 300) };
}
