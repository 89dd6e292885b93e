import { existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  checkRegression,
  loadBaseline,
  measured,
  measureOf,
  observe,
  setPinned,
  type BaselineChoice,
  type RegressionReport,
} from '../../client/evaluation/regression.ts';
import type { Session } from '../../client/connection/session.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { UsageError } from '../../domain/errors.ts';
import { baselineText } from '../../domain/evaluation/baseline-file.ts';
import type { Regression } from '../../domain/evaluation/find-regression.ts';
import { plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { reading, withSession } from '../base/with-session.ts';
import { parseCount } from '../options/run-options.ts';
import { regressionLines } from './regression-lines.ts';

interface CheckOptions {
  last?: string;
  pinned?: boolean;
  file?: string;
  margin?: string;
  strict?: boolean;
  json?: boolean;
}

/** `gaffer baseline check RUN...`: holds runs against those of before; worse ones and hard breaks end it with 1. */
export const check = {
  execute: (context: CommandContext, runIds: string[], options: CheckOptions): Promise<number> =>
    withSession(context, { whenAbsent: 'read' }, async (session) => {
      const { report, lines, code } = await holdAgainstBaseline(context, session, runIds, options);
      context.terminal.out(options.json ? toJson(report) : `${lines.join('\n')}\n`);
      return code;
    }),
};

/** What holding runs against those of before says, for programs and for people, and how a command ends for it. */
export async function holdAgainstBaseline(
  context: CommandContext,
  session: Session,
  runIds: readonly string[],
  options: CheckOptions,
): Promise<{ report: RegressionReport; lines: string[]; code: number }> {
  const { terminal } = context;
  const report = await checkRegression(session, runIds, toChoice(context, options));
  const lines = regressionLines(report, { columns: terminal.outColumns(), colors: terminal.outColors });
  return { report, lines, code: exitCodeFor(report, options.strict === true) };
}

/** `gaffer baseline save FILE RUN...`: writes a baseline that can be committed. */
export const save = {
  execute: (context: CommandContext, [name, ...runIds]: string[]): Promise<number> =>
    reading(context, async (session) => {
      const file = resolve(context.cwd, name!);
      checkFolder('file', dirname(file));
      if (existsSync(file) && !statSync(file).isFile()) throw new UsageError(`${file} is no file: name one.`);
      const { workflow, runs } = await observe(session, runIds);
      const by = measureOf(runs);
      writeFileSync(file, baselineText(workflow, by, measured(runs, by)));
      context.terminal.err(
        `Wrote ${file}: ${plural(runs.length, 'run')} of ${safeLine(workflow)}, without what was asked or answered.\n`,
      );
    }),
};

/** `gaffer baseline pin RUN` and `unpin RUN`: later runs are held against it, whatever ran since; or no more. */
export const pin = { execute: setPin(true) };
export const unpin = { execute: setPin(false) };

function setPin(isPinned: boolean) {
  return (context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> =>
    reading(context, async (session) => {
      const isNew = await setPinned(session, runId!, isPinned);
      const word = isPinned ? 'pinned' : 'not pinned';
      if (options.json) context.terminal.out(toJson({ runId, isPinned }));
      else context.terminal.out(`${safeLine(runId!)} ${isNew ? 'is' : 'was'} ${word}\n`);
    });
}

function toChoice({ cwd }: CommandContext, { last, pinned, file, margin }: CheckOptions): BaselineChoice {
  const given = [last, pinned, file].filter((each) => each !== undefined);
  if (given.length > 1) throw new UsageError('--last, --pinned and --file: give one of them.');
  return {
    ...(last !== undefined && { last: parseCount(last, '--last') }),
    ...(pinned && { pinned }),
    ...(file !== undefined && { file: loadBaseline(resolve(cwd, file), file) }),
    ...(margin !== undefined && { margin: parseMargin(margin) }),
  };
}

function parseMargin(text: string): number {
  const margin = Number(text);
  if (text.trim() !== '' && margin > 0 && margin <= 100) return margin;
  throw new UsageError(`--margin "${text}" is none: give points of 100, such as 5.`);
}

function exitCodeFor({ overall, steps, breaks }: Regression, isStrict: boolean): number {
  const isWorse = overall.verdict === 'worse' || steps.some(({ verdict }) => verdict === 'worse');
  if (isWorse || breaks.length > 0) return exitCodes.failed;
  return isStrict && overall.verdict === 'not enough evidence' ? exitCodes.partial : exitCodes.succeeded;
}
