import { fingerprint } from '../../domain/fingerprint.ts';
import { endOfRun, stopOf } from '../../domain/run/run-end.ts';
import { listHeirs } from '../../store/run/heirs.ts';
import { appendNew } from '../../store/run/events.ts';
import { findResult, writeResult } from '../../store/run/run-result.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { endOfBranches, withUnmerged } from './end-of-branches.ts';

/** Says anew how a run ended, and those that go on from it, once branches went in that were left then: what was missing is missing no more. */
export async function retellEnds(
  {
    store,
    train,
    frozenRun,
  }: Pick<ActivityDependencies, 'store' | 'train'> & { frozenRun: (runKey: string) => Promise<FrozenRun> },
  run: FrozenRun,
): Promise<void> {
  await train.clear();
  for (const runKey of await listHeirs(store.sql, run.no)) {
    const ended = await frozenRun(runKey);
    await store.transaction((sql) => retellEnd(sql, ended));
  }
}

async function retellEnd(sql: Sql, run: FrozenRun): Promise<void> {
  const { no } = run;
  const before = await findResult(sql, no, { isLocked: true });
  if (!before) return;
  const merges = await endOfBranches(sql, run);
  const end = withUnmerged(endOfRun(before.tasks, stopOf(before), before.compensations), merges);
  await writeResult(sql, no, { ...before, ...end, ...merges.named });
  if (end.status === before.status && end.reason === before.reason) return;
  const branches = Object.entries(merges.named.branches ?? {}).map(([id, { status }]) => `${id} ${status}`);
  const key = `merged/${fingerprint([end.status, end.reason, ...branches].join('\n'))}`;
  await appendNew(sql, no, [{ key, type: 'run:merged', ...end, summary: before.summary }]);
}
