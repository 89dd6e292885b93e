import type { DecidedRow } from '../../store/run/decisions.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';

/** What people decided, newest first: of one run all, else what of all runs was decided within the last `hours`. @throws RunNotFoundError */
export async function listDecisions(
  session: Session,
  { run, hours, limit }: { run?: string; hours: number; limit: number },
): Promise<DecidedRow[]> {
  const { runs } = session.store;
  if (run !== undefined) return runs.decisions({ runKey: (await findRun(session, run)).runKey, limit });
  return runs.decisions({ since: new Date(Date.now() - hours * 3_600_000).toISOString(), limit });
}
