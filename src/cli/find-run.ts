import { hasEnded } from '../domain/run-state.ts';
import type { RunRow, Store } from '../store/store.ts';
import { UsageError } from './fail.ts';
import { findLocalWorker } from './worker-files.ts';

/** The newest run with an id. @throws UsageError when there is none */
export async function findRun(store: Store, runId: string): Promise<RunRow> {
  const row = await store.runs.find(runId);
  if (row) return row;
  const { nearest } = await import('../definition/nearest.ts');
  const known = (await store.runs.list({ limit: 200 })).map((each) => each.runId);
  const name = nearest(runId, known);
  const hint = name === null ? '' : ` Did you mean ${name}?`;
  throw new UsageError(`there is no run "${runId}" here: \`gaffer runs\` lists those there are.${hint}`);
}

/** A run's status as people see it: one whose worker in this home is gone is parked. */
export async function statusText(
  row: RunRow,
  { home, isEmbedded }: { home: string; isEmbedded: boolean },
): Promise<string> {
  if (hasEnded(row.status) || !isEmbedded || row.launch === null) return row.status;
  return (await findLocalWorker(home, row.launch.taskQueue)) ? row.status : 'parked';
}
