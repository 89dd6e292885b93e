import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../../domain/errors.ts';
import {
  largestBaseline,
  readBaseline,
  type BaselineFile,
  type Measure,
} from '../../domain/evaluation/baseline-file.ts';
import { findRegression, type Regression } from '../../domain/evaluation/find-regression.ts';
import { usualRule } from '../../domain/evaluation/judge-pairs.ts';
import { groupBy } from '../../domain/evaluation/observation.ts';
import { toObservations, type ObservedRun } from '../../domain/evaluation/observed-run.ts';
import { plural } from '../../domain/format.ts';
import { tenantOf } from '../../domain/ids/tenant.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { ObservedRow } from '../../store/evaluation/observed-runs.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';

/** What runs are held against. Without any of these: the last 5 earlier runs of each case, and those that are pinned. */
export interface BaselineChoice {
  /** So many earlier runs of each case. */
  last?: number;
  /** Only what is pinned. */
  pinned?: boolean;
  /** Text of a baseline's file, instead of runs that are stored; `name`: what to call it. */
  file?: { name: string; baseline: BaselineFile };
  /** Points that are too few to matter; default: 5. */
  margin?: number;
}

/** Runs beside their baseline. */
export interface RegressionReport extends Regression {
  workflow: string;
  by: Measure;
  runs: string[];
  baseline: { from: string; runs: string[] };
}

const usualLast = 5;

/** Runs of one workflow that have ended, as comparisons see them. @throws UsageError when they are of several, or one has not ended */
export async function observe(
  session: Session,
  runIds: readonly string[],
): Promise<{ workflow: string; runs: ObservedRow[]; earlier: ObservedRow[] }> {
  const rows = await Promise.all(runIds.map((runId) => findRun(session, runId)));
  const { workflow, runId: first } = rows[0]!;
  const tenant = tenantOf(first);
  for (const row of rows) {
    if (tenantOf(row.runId) !== tenant) throw new UsageError(`${row.runId} is a run of another tenant than ${first}.`);
    if (row.workflow !== workflow)
      throw new UsageError(`${row.runId} is a run of ${row.workflow}, not of ${workflow}.`);
    if (!hasEnded(row.status)) {
      throw new UsageError(`run ${row.runId} has not ended: \`gaffer watch ${row.runId}\` follows it.`);
    }
  }
  const { observedRuns } = await import('../../store/evaluation/observed-runs.ts');
  const all = await observedRuns(session.store.sql, tenant, workflow);
  const keys = new Set(rows.map(({ runKey }) => runKey));
  const runs = all.filter(({ runKey }) => keys.has(runKey));
  if (runs.length < keys.size) {
    const missing = rows.find(({ runKey }) => !runs.some((run) => run.runKey === runKey))!;
    throw new UsageError(
      `run ${missing.runId} cannot be compared: it was cancelled, is part of another run, or is too old.`,
    );
  }
  const begun = runs.reduce((least, { at }) => (at < least ? at : least), runs[0]!.at);
  const earlier = all.filter((run) => !keys.has(run.runKey) && run.at < begun && !run.isReplay);
  return { workflow, runs, earlier };
}

/** Holds runs against those of before. @throws UsageError when there is nothing to hold them against */
export async function checkRegression(
  session: Session,
  runIds: readonly string[],
  choice: BaselineChoice,
): Promise<RegressionReport> {
  const { workflow, runs, earlier } = await observe(session, runIds);
  const { from, chosen } = choose({ runs, earlier }, choice);
  const by = choice.file?.baseline.by ?? measureOf([...runs, ...chosen]);
  const missing = by === 'evaluation' ? runs.find(({ scored }) => scored === null) : undefined;
  if (missing) {
    throw new UsageError(`the baseline has scores of evaluations: \`gaffer evaluate ${missing.run}\` first.`);
  }
  if (chosen.length === 0) {
    const none = choice.file
      ? `${choice.file.name} has no other run`
      : `no earlier run of ${workflow} has ended${choice.pinned ? ' that is pinned' : ''}`;
    throw new UsageError(`there is nothing to hold ${runIds.join(', ')} against: ${none}.`);
  }
  if (choice.file && choice.file.baseline.workflow !== workflow) {
    throw new UsageError(
      `${choice.file.name} is a baseline of "${choice.file.baseline.workflow}", not of "${workflow}".`,
    );
  }
  const rule = { ...usualRule, ...(choice.margin !== undefined && { margin: choice.margin }) };
  return {
    ...{ workflow, by },
    runs: runs.map(({ run }) => run),
    baseline: { from, runs: chosen.map(({ run }) => run) },
    ...findRegression(toObservations(measured(chosen, by)), toObservations(measured(runs, by)), rule),
  };
}

/** By what runs can be compared: by scores where all of them have some, so that nothing is held against another measure. */
export function measureOf(runs: readonly Partial<ObservedRow>[]): Measure {
  return runs.every(({ scored }) => scored) ? 'evaluation' : 'status';
}

/** Runs with the steps that count by a measure; those of a file have no others. */
export function measured(runs: readonly (ObservedRun & Partial<ObservedRow>)[], by: Measure): ObservedRun[] {
  return runs.map((run) => (by === 'evaluation' && run.scored ? { ...run, steps: run.scored } : run));
}

function choose(
  { runs, earlier }: { runs: readonly ObservedRow[]; earlier: readonly ObservedRow[] },
  { last, pinned = false, file }: BaselineChoice,
): { from: string; chosen: readonly (ObservedRun & Partial<ObservedRow>)[] } {
  // A run is not held against itself. Ids are those of a machine: another one may have a run of the same id.
  const isOwn = ({ run, at }: ObservedRun): boolean => runs.some((each) => each.run === run && each.at === at);
  if (file) return { from: file.name, chosen: file.baseline.runs.filter((run) => !isOwn(run)) };
  const pins = earlier.filter(({ isPinned }) => isPinned);
  if (pinned) return { from: plural(pins.length, 'pinned run'), chosen: pins };
  const count = last ?? usualLast;
  const newest = [...groupBy(earlier, (run) => run.case).values()].flatMap((ofCase) => ofCase.slice(0, count));
  const others = pins.filter((run) => !newest.includes(run));
  const besides = others.length > 0 ? `, and ${plural(others.length, 'pinned one')}` : '';
  return { from: `the last ${plural(count, 'run')} of each case${besides}`, chosen: [...newest, ...others] };
}

/** Says that later runs are held against a run, or no more. @returns whether that is new. @throws UsageError when it cannot be compared */
export async function setPinned(session: Session, runId: string, isPinned: boolean): Promise<boolean> {
  const { runKey } = await findRun(session, runId);
  if (isPinned) await observe(session, [runId]);
  const { pinRun } = await import('../../store/evaluation/observed-runs.ts');
  return pinRun(session.store.sql, runKey, isPinned);
}

/** Reads a baseline's file. @throws UsageError when it is none */
export function loadBaseline(path: string, name: string): NonNullable<BaselineChoice['file']> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined)
    throw new UsageError(`there is no file ${name}: \`gaffer baseline save ${name} RUN\` writes one.`);
  if (size > largestBaseline)
    throw new UsageError(`${name} is no baseline: it has more than ${largestBaseline / 1e6} MB.`);
  const { baseline, problem } = readBaseline(readFileSync(path, 'utf8'));
  if (baseline === null) throw new UsageError(`${name} is no baseline: ${problem}.`);
  return { name, baseline };
}
