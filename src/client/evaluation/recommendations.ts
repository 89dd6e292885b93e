import { tenantOf } from '../../domain/ids/tenant.ts';
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
  const tenant = tenantOf(runId);
  // Also for whoever sees all: what is said of one tenant's run is learned from that tenant's.
  if (against && tenantOf(against.runId) !== tenant) return [];
  if (against && (against.workflow !== workflow || against.runKey === runKey)) return [];
  const { storedTrials } = await import('../../store/evaluation/stored-trials.ts');
  const also = [runKey, ...(against ? [against.runKey] : [])];
  const stored = await storedTrials(store.sql, { tenant, workflow }, { also });
  return recommend(stored.map(createTrials()), { of: runId, ...(against && { against: against.runId }) });
}
