import { prepareEvaluation, withRecommendations } from '../../client/evaluation/evaluate-run.ts';
import type { Session } from '../../client/connection/session.ts';
import { workOn } from '../../client/crew/work-on.ts';
import { EvaluationError } from '../../client/errors.ts';
import { findStartedRun } from '../../client/follow/find-run.ts';
import type { Run } from '../../client/run.ts';
import type { EvaluateOptions } from '../../client/runs.ts';
import { launchRun } from '../../client/start/launch.ts';
import type { EvaluationReport, KeptEvaluation } from '../../domain/evaluation/evaluation.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import type { Interruption } from '../base/interruption.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { followRun } from '../work/follow-run.ts';
import { evaluationLines } from './evaluation-lines.ts';

interface Options extends EvaluateOptions {
  json?: boolean;
  yes?: boolean;
  /** What it is held against: a file, or true: earlier runs. */
  baseline?: string | true;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer evaluate RUN`: how good a run was, by the checks of its file and by how it went; shown again where that is known. */
export function execute(context: CommandContext, [runId]: string[], options: Options): Promise<number> {
  const { yes } = options;
  return withSignals(context, (interruption) =>
    withSession(context, { whenAbsent: 'start', needsHome: true, yes }, async (session) => {
      const row = await findStartedRun(session, runId!);
      const step = await prepareEvaluation(session, row, options);
      const asked = { context, session, interruption, options, row };
      if (step.kind === 'done') return print(asked, step.evaluation);
      const { run, workerFailed } = await started(session, step);
      const { code, evaluation } = await follow(asked, run, workerFailed);
      const printed = evaluation ? await print(asked, evaluation) : code;
      return code === exitCodes.succeeded ? printed : code;
    }),
  );
}

type Step = Exclude<Awaited<ReturnType<typeof prepareEvaluation>>, { kind: 'done' }>;

async function started(session: Session, step: Step): Promise<{ run: Run; workerFailed: Promise<never>[] }> {
  if (step.kind === 'start') {
    const { run, crew } = await launchRun(session, step.settings);
    return { run, workerFailed: crew.failed };
  }
  const row = await findStartedRun(session, step.run.id);
  return { run: step.run, workerFailed: await workOn(session, row) };
}

type Row = Awaited<ReturnType<typeof findStartedRun>>;

interface Asked {
  context: CommandContext;
  session: Session;
  interruption: Interruption;
  options: Options;
  row: Row;
}

/** Follows the evaluating run to its end; null: it is left before, and goes on. */
async function follow(
  { context, session, interruption, row }: Asked,
  run: Run,
  workerFailed: Promise<never>[],
): Promise<{ code: number; evaluation: KeptEvaluation | null }> {
  let evaluation: KeptEvaluation | null = null;
  const code = await followRun({
    ...{ context, session, interruption, workerFailed, run },
    ...{ isScripted: row.launch?.model === 'scripted', limitUsd: null, json: false },
    async printEnd(result) {
      evaluation = await resultOf(session, { row, run, result });
    },
  });
  return { code, evaluation };
}

async function resultOf(
  { store }: Session,
  { row, run, result }: { row: Row; run: Run; result: RunResult },
): Promise<KeptEvaluation> {
  const found = (await store.runs.evaluations(row.runKey)).findLast(({ by }) => by === run.id);
  if (!found) throw new EvaluationError(row.runId, result);
  return found;
}

/** @returns the exit code */
async function print({ context, session, options, row }: Asked, kept: KeptEvaluation): Promise<number> {
  const { terminal } = context;
  const { json = false, baseline } = options;
  const evaluation = await withRecommendations(session, row, kept);
  // People see it also where there is nothing to hold it against; for programs it is one JSON value.
  if (!json) terminal.out(`${linesOf(context, evaluation).join('\n')}\n`);
  else if (baseline === undefined) terminal.out(toJson(evaluation));
  if (baseline === undefined) return exitCodes.succeeded;
  const { report, lines, code } = await holdAgainst({ context, session, row }, baseline);
  terminal.out(json ? toJson({ evaluation, regression: report }) : `\n${lines.join('\n')}\n`);
  return code;
}

async function holdAgainst(
  { context, session, row }: Pick<Asked, 'context' | 'session' | 'row'>,
  baseline: string | true,
) {
  const { holdAgainstBaseline } = await import('./baseline.ts');
  return holdAgainstBaseline(context, session, [row.runId], baseline === true ? {} : { file: baseline });
}

function linesOf({ terminal }: CommandContext, evaluation: EvaluationReport): string[] {
  return evaluationLines(evaluation, { columns: terminal.outColumns(), colors: terminal.outColors });
}
