import { beforeEach, expect, it } from 'vitest';
import { keepTurn, leaveTurns, takeTurn, type MergeLine } from '../../../src/store/merges/merge-turns.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

const line: MergeLine = { host: 'h', repository: '/r/.git', target: 'main' };
let runs: number[];
beforeEach(async () => {
  await store.sql.query('delete from merge_turns');
  const plan = planOf();
  const planHash = await savePlan(store.sql, plan);
  runs = [];
  for (const runId of ['turn-a', 'turn-b', 'turn-c']) {
    const run = { runKey: `${runId}:1`, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null };
    runs.push(await openRun(store.sql, run, { nano: 1, tokens: null }));
  }
});
const take = (run: number, where = line): Promise<boolean> =>
  store.transaction((sql) => takeTurn(sql, runs[run]!, where));
const leave = (run: number): Promise<string[]> => store.transaction((sql) => leaveTurns(sql, runs[run]!));
const isSilent = (run: number) =>
  store.sql.query(`update merge_turns set seen_at = now() - interval '16 minutes' where run_no = $1`, [runs[run]]);

it('gives trains into one branch their turn one after the other, first come, first served, and others theirs at once', async () => {
  expect([await take(0), await take(1), await take(2), await take(1)]).toEqual([true, false, false, false]);
  expect(await take(1, { ...line, target: 'other' })).toBe(true);
  expect(await leave(0)).toEqual(['turn-b']);
  expect([await take(2), await take(1)]).toEqual([false, true]);
  // Once more it is nobody's turn that it was not before, and whoever gives up tells nobody but the first.
  expect(await leave(0)).toEqual([]);
  expect(await leave(2)).toEqual(['turn-b']);
});

it('lets one go first of all that come at once', async () => {
  const came = await Promise.all([take(0), take(1), take(2)]);
  expect(came.filter(Boolean)).toHaveLength(1);
});

it('waits for nobody who has shown no sign of life for long, and for whoever has', async () => {
  expect([await take(0), await take(1)]).toEqual([true, false]);
  await isSilent(0);
  await keepTurn(store.sql, runs[0]!);
  expect(await take(1)).toBe(false);
  await isSilent(0);
  expect(await take(1)).toBe(true);
  // It comes back, behind whoever lives.
  expect(await take(0)).toBe(false);
});
