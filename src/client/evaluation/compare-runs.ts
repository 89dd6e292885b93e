import { UsageError } from '../../domain/errors.ts';
import {
  compareRuns,
  type ComparedRuns,
  type RunToCompare,
  type Scores,
} from '../../domain/evaluation/compare-runs.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';

/** Two runs that have ended, side by side. @throws UsageError when one has not */
export async function compareTwo(session: Session, oneId: string, otherId: string): Promise<ComparedRuns> {
  const [one, other] = await Promise.all([toCompare(session, oneId), toCompare(session, otherId)]);
  return compareRuns(one, other);
}

async function toCompare({ store }: Session, runId: string): Promise<RunToCompare & { scores: Scores }> {
  const row = await findRun(store, runId);
  const { result } = row;
  if (!result) throw new UsageError(`run ${row.runId} has not ended: \`gaffer watch ${row.runId}\` follows it.`);
  const evaluation = (await store.runs.evaluations(row.runKey)).at(-1);
  const tasks = Object.entries(evaluation?.tasks ?? {}).map(([id, { score }]) => [id, score] as const);
  const scores = { score: evaluation?.score ?? null, tasks: Object.fromEntries(tasks) };
  return { result, plan: await store.runs.plan(row.planHash), scores };
}
