import { expect, it } from 'vitest';
import { createOverviewStore } from '../../../src/store/run/overview.ts';
import type { Sql } from '../../../src/store/database/sql.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

async function begin(runId: string, runKey: string, events: readonly object[] = []): Promise<void> {
  const plan = planOf({ name: 'decided' });
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  for (const [at, data] of events.entries())
    await store.sql.query('insert into events (run_no, seq, key, data) values ($1, $2, $3, $4::jsonb)', [
      ...[no, at + 100, `decided-${at}`],
      JSON.stringify(data),
    ]);
}

it('tells of limits that were changed before anything waited, and of runs of the same id each for itself', async () => {
  const limits = { type: 'run:limits', by: 'kim', detail: 'at most 2 USD' };
  const asked = { type: 'approval:requested', approvalId: 'before/a', taskId: 'a', what: 'the prompt of' };
  const said = { type: 'approval:decided', approvalId: 'before/a', taskId: 'a', decision: 'approve', by: 'kim' };
  await begin('decided-same', 'decided-same:1', [limits]);
  await begin('decided-same', 'decided-same:2', [
    { ...asked, what: 'another' },
    { ...said, comment: '', edited: false },
  ]);
  const since = new Date(Date.now() - 60_000).toISOString();
  const told = await store.runs.decisions({ since, limit: 10 });
  expect(told.map(({ outcome, what }) => `${outcome} ${what}`).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'approved another',
    'limits limits',
  ]);
  expect(told.map(({ runId }) => runId)).toEqual(['decided-same', 'decided-same']);
  expect(await store.runs.everAsked('decided-same:2', 'a')).toBe(true);
  expect(await store.runs.everAsked('decided-same:2', 'b')).toBe(false);
  expect(await store.runs.everAsked('decided-same:2', null)).toBe(false);
});

it('finds the oldest run that is open, and what failed by its index', async () => {
  await begin('decided-new', 'decided-new:1');
  await store.sql.query(`update runs set started_at = '2020-01-01' where run_key = 'decided-same:1'`);
  const [oldest] = await store.runs.page({ hasEnded: false, isWhole: true, limit: 1, isOldestFirst: true });
  expect(oldest!.runKey).toBe('decided-same:1');
  const asked: { text: string; values: readonly unknown[] | undefined }[] = [];
  const query = ((text: string, values?: unknown[]) => {
    asked.push({ text, values });
    return store.sql.query(text, values);
  }) as Sql['query'];
  await createOverviewStore({ ...store.sql, query }, 'default').failed({ since: new Date().toISOString(), limit: 5 });
  await store.transaction(async (sql) => {
    await sql.query('set local enable_seqscan = off');
    for (const { text, values } of asked) {
      const { rows } = await sql.query<object>(`explain ${text}`, values as unknown[]);
      expect(JSON.stringify(rows)).toContain('runs_failed');
    }
  });
});
