import { recommend } from '../../domain/evaluation/recommend.ts';
import type { Recommendation } from '../../domain/evaluation/recommendation.ts';
import { createTrials } from '../../domain/evaluation/tried-run.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';

type Which = Pick<RunRow, 'runId' | 'runKey' | 'workflow'>;

/** What evaluations of earlier runs of the same workflow give reason to do about a run's tasks; `against`: only what differs from that run. */
export async function recommendationsFor(
  { store }: Session,
  { runId, runKey, workflow }: Which,
  against?: Which,
): Promise<Recommendation[]> {
  if (against && (against.workflow !== workflow || against.runKey === runKey)) return [];
  const { storedTrials } = await import('../../store/evaluation/stored-trials.ts');
  const also = [runKey, ...(against ? [against.runKey] : [])];
  const stored = await storedTrials(store.sql, workflow, { also });
  return recommend(stored.map(createTrials()), { of: runId, ...(against && { against: against.runId }) });
}
