import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { openRun, savePlan } from '../../src/store/runs.ts';
import { startRetention } from '../../src/workers/retention.ts';
import { plan as planOf } from '../support/plan/builders.ts';
import { createTestDatabase } from '../support/store/database.ts';
import { until } from '../support/base/until.ts';

it('removes old runs at its start, all of them although it works in batches, with several workers at once', async () => {
  const database = await createTestDatabase();
  const store = await openStore(database.url);
  const plan = planOf();
  const planHash = await savePlan(store.sql, plan);
  const add = (runId: string) =>
    openRun(
      store.sql,
      { runKey: runId, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null },
      { nano: 1, tokens: null },
    );
  for (let number = 0; number < 50; number++) await add(`old-${number}`);
  await store.sql.query(`update runs set status = 'failed', ended_at = now() - interval '2 days'`);
  await add('alive');
  const jobs = [startRetention(store, null), ...Array.from({ length: 3 }, () => startRetention(store, 86_400_000))];
  onTestFinished(async () => {
    await Promise.all(jobs.map((job) => job.stop()));
    await store.close();
    await database.close();
  });
  const left = async (): Promise<string[]> => (await store.runs.list({ limit: 100 })).map(({ runId }) => runId);
  await until('only the living run is left', async () => (await left()).length === 1);
  expect(await left()).toEqual(['alive']);
});
