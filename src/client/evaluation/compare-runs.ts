import { UsageError } from '../../domain/errors.ts';
import {
  compareRuns,
  type ComparedRuns,
  type RunToCompare,
  type Scores,
} from '../../domain/evaluation/compare-runs.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';
import { recommendationsFor } from './recommendations.ts';

/** Two runs that have ended, side by side. @throws UsageError when one has not */
export async function compareTwo(session: Session, oneId: string, otherId: string): Promise<ComparedRuns> {
  const rows = await Promise.all([findRun(session, oneId), findRun(session, otherId)]);
  const [one, other] = await Promise.all([toCompare(session, rows[0]), toCompare(session, rows[1])]);
  return { ...compareRuns(one, other), recommendations: await recommendationsFor(session, rows[1], rows[0]) };
}

async function toCompare({ store }: Session, row: RunRow): Promise<RunToCompare & { scores: Scores }> {
  const { result } = row;
  if (!result) throw new UsageError(`run ${row.runId} has not ended: \`gaffer watch ${row.runId}\` follows it.`);
  const evaluation = (await store.runs.evaluations(row.runKey)).at(-1);
  const tasks = Object.entries(evaluation?.tasks ?? {}).map(([id, { score }]) => [id, score] as const);
  const scores = { score: evaluation?.score ?? null, tasks: Object.fromEntries(tasks) };
  return { result, plan: await store.runs.plan(row.planHash), scores };
}
