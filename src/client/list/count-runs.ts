import { runStatuses } from '../../domain/run/run-result.ts';
import type { Session } from '../connection/session.ts';
import type { RunFilter } from '../runs.ts';
import { listQueued } from '../follow/queued-runs.ts';
import { mostAsked } from '../follow/cut-off-runs.ts';
import { standingsOf } from './run-entries.ts';
import { wantedOf } from './wanted-runs.ts';

/**
 * How many runs there are of each status that any has, as a list would show them: of the newest that the store takes for open, Temporal and
 * their workers are asked.
 *
 * @throws UsageError
 */
export async function countRuns(
  session: Session,
  filter: Omit<RunFilter, 'status' | 'limit'> = {},
): Promise<Record<string, number>> {
  const wanted = await wantedOf(session, filter);
  const [counted, open, queued] = await Promise.all([
    session.store.runs.count(wanted.where),
    session.store.runs.page({ ...wanted.where, hasEnded: false, limit: mostAsked }),
    listQueued(session),
  ]);
  const counts = new Map<string, number>(counted);
  const add = (status: string, runs: number): void => void counts.set(status, (counts.get(status) ?? 0) + runs);
  for (const { row, status } of await standingsOf(session, open)) {
    add(row.status, -1);
    add(status, 1);
  }
  add('queued', queued.filter(wanted.fitsQueued).length);
  const order = [...runStatuses, ...[...counts.keys()].filter((each) => !runStatuses.some((known) => known === each))];
  return Object.fromEntries(
    order.flatMap((status) => {
      const runs = counts.get(status) ?? 0;
      return runs > 0 ? [[status, runs]] : [];
    }),
  );
}
