import type { ListedRun } from '../../store/run/run-pages.ts';
import type { Session } from '../connection/session.ts';
import { findCutOffs } from '../follow/cut-off-runs.ts';
import { statusTexts } from '../follow/standing.ts';
import type { StandingRow } from '../list/run-entries.ts';
import type { OpenExecution } from './open-executions.ts';

/**
 * How runs stand that the store takes for open, however many: what Temporal has among its open ones is, and only of the others it is asked
 * one by one.
 */
export async function standingOpen(
  session: Session,
  rows: readonly ListedRun[],
  executions: ReadonlyMap<string, OpenExecution> | null,
): Promise<StandingRow[]> {
  const doubtful = executions === null ? [] : rows.filter(({ runId }) => !executions.has(runId));
  const [cutOffs, statusOf] = await Promise.all([findCutOffs(session, doubtful), statusTexts(session, rows)]);
  return rows.map((row) => ({ row, status: cutOffs.get(row.runKey) ?? statusOf(row) }));
}
