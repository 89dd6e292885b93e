import type { EvaluationReport, KeptEvaluation } from '../../domain/evaluation/evaluation.ts';
import { UsageError } from '../../domain/errors.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import { onceId } from '../connection/once.ts';
import type { Session } from '../connection/session.ts';
import { lookUp } from '../follow/find-run.ts';
import { EvaluationError } from '../errors.ts';
import type { Run } from '../run.ts';
import type { EvaluateOptions } from '../runs.ts';
import { launchRun, type LaunchSettings } from '../start/launch.ts';
import { newEvaluationId } from '../start/run-id.ts';
import { recommendationsFor } from './recommendations.ts';

/** What there is to do about a run that is to be evaluated. */
export type EvaluationStep =
  /** It was evaluated. */
  | { kind: 'done'; evaluation: KeptEvaluation }
  /** A run is at it: the one that its workflow file asks for. */
  | { kind: 'running'; run: Run }
  /** A run is started for it. */
  | { kind: 'start'; settings: LaunchSettings };

/** What evaluates a run. @throws UsageError when it has not ended, or is an evaluation itself */
export async function prepareEvaluation(
  session: Session,
  row: RunRow,
  { again = false }: EvaluateOptions,
): Promise<EvaluationStep> {
  const { runs } = session.store;
  const { runId, runKey } = row;
  if (!hasEnded(row.status)) {
    throw new UsageError(
      `run ${runId} has not ended, so there is nothing to evaluate yet: \`gaffer watch ${runId}\` follows it.`,
    );
  }
  const { evaluates } = await runs.plan(row.planHash);
  if (evaluates) {
    throw new UsageError(
      `run ${runId} is the evaluation of ${evaluates.runId}: \`gaffer evaluate ${evaluates.runId}\` shows it.`,
    );
  }
  const evaluation = again ? undefined : (await runs.evaluations(runKey)).at(-1);
  if (evaluation) return { kind: 'done', evaluation };
  const running = again ? null : await evaluatingRun(session, row);
  if (running) return { kind: 'running', run: running };
  const plan = await runs.evaluationPlan(runKey);
  const { config } = session;
  return {
    kind: 'start',
    settings: {
      ...{
        plan,
        runId: await onceId(session, newEvaluationId(runId)),
        board: undefined,
        agentsDirs: [],
        script: row.launch?.script ?? null,
      },
      unsandboxedShell: config.allowUnsandboxedShell || row.launch?.unsandboxedShell === true,
    },
  };
}

/** The run that a workflow file has evaluate its runs at their end; null: there is none, or it ended without doing so. */
async function evaluatingRun(
  session: Session,
  { runKey, result }: Pick<RunRow, 'runKey' | 'result'>,
): Promise<Run | null> {
  const id = result?.evaluation?.run;
  const run = id === undefined ? null : await lookUp(session, id);
  const row = run && (await session.store.runs.find(run.id));
  if (!run || !row) return run;
  const { evaluates } = await session.store.runs.plan(row.planHash);
  return evaluates?.runKey === runKey && !hasEnded(row.status) ? run : null;
}

/** Has a run evaluated, and waits for it. @throws UsageError when it has not ended; RunCutOffError or EvaluationError when nothing came of it */
export async function evaluateRun(session: Session, row: RunRow, options: EvaluateOptions): Promise<EvaluationReport> {
  return withRecommendations(session, row, await evaluationOf(session, row, options));
}

/** An evaluation with what it and those of earlier runs give reason to do. */
export async function withRecommendations(
  session: Session,
  row: RunRow,
  evaluation: KeptEvaluation,
): Promise<EvaluationReport> {
  return { ...evaluation, recommendations: await recommendationsFor(session, row) };
}

async function evaluationOf(session: Session, row: RunRow, options: EvaluateOptions): Promise<KeptEvaluation> {
  const step = await prepareEvaluation(session, row, options);
  if (step.kind === 'done') return step.evaluation;
  const run = step.kind === 'start' ? (await launchRun(session, step.settings)).run : step.run;
  const result = await run.result();
  const found = (await session.store.runs.evaluations(row.runKey)).findLast(({ by }) => by === run.id);
  if (found) return found;
  throw new EvaluationError(row.runId, result);
}
