import { prepareEvaluation } from '../../client/evaluation/evaluate-run.ts';
import type { Session } from '../../client/connection/session.ts';
import { workOn } from '../../client/crew/work-on.ts';
import { EvaluationError } from '../../client/errors.ts';
import { findStartedRun } from '../../client/follow/find-run.ts';
import type { Run } from '../../client/run.ts';
import type { EvaluateOptions } from '../../client/runs.ts';
import { launchRun } from '../../client/start/launch.ts';
import type { KeptEvaluation } from '../../domain/evaluation/evaluation.ts';
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
      const code = step.kind === 'done' ? print(context, step.evaluation, options) : await evaluateNow(asked, step);
      return options.baseline === undefined || code !== exitCodes.succeeded ? code : against(asked, options.baseline);
    }),
  );
}

async function evaluateNow(asked: Asked, step: Step): Promise<number> {
  const { run, workerFailed } = await started(asked.session, step);
  return follow(asked, run, workerFailed);
}

async function against({ context, session, options, row }: Asked, baseline: string | true): Promise<number> {
  const { printRegression } = await import('./baseline.ts');
  if (!options.json) context.terminal.out('\n');
  const file = baseline === true ? {} : { file: baseline };
  return printRegression(context, session, [row.runId], { ...file, ...(options.json && { json: true }) });
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

function follow(
  { context, session, interruption, options, row }: Asked,
  run: Run,
  workerFailed: Promise<never>[],
): Promise<number> {
  return followRun({
    ...{ context, session, interruption, workerFailed, run },
    ...{ isScripted: row.launch?.model === 'scripted', limitUsd: null, json: false },
    async printEnd(result) {
      print(context, await resultOf(session, { row, run, result }), options);
    },
  });
}

async function resultOf(
  { store }: Session,
  { row, run, result }: { row: Row; run: Run; result: RunResult },
): Promise<KeptEvaluation> {
  const found = (await store.runs.evaluations(row.runKey)).findLast(({ by }) => by === run.id);
  if (!found) throw new EvaluationError(row.runId, result);
  return found;
}

function print({ terminal }: CommandContext, evaluation: KeptEvaluation, { json, baseline }: Options): number {
  // Standard output is one JSON value: with a baseline what that says.
  if (json && baseline !== undefined) return exitCodes.succeeded;
  if (json) terminal.out(toJson(evaluation));
  else {
    const view = { columns: terminal.outColumns(), colors: terminal.outColors };
    terminal.out(`${evaluationLines(evaluation, view).join('\n')}\n`);
  }
  return exitCodes.succeeded;
}
