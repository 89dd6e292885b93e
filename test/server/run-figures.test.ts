import { describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { WorkerStore } from '../../src/store/open-store.ts';
import { openRun, savePlan } from '../../src/store/runs.ts';
import { plan as planOf } from '../support/plan/builders.ts';
import { createStoreApp, type StoreApp } from '../support/server/store-app.ts';
import { useTestStore } from '../support/store/test-store.ts';

describe('the figures of a run', () => {
  let store: WorkerStore;
  let service: StoreApp;
  useTestStore((opened) => {
    store = opened.store;
    service = createStoreApp(store);
  });

  async function open(id: string, workflow = 'figures', nano = 2_000_000_000): Promise<number> {
    const plan = { ...planOf(), name: workflow };
    const planHash = await savePlan(store.sql, plan);
    const run = { runKey: randomUUID(), runId: id, temporalRunId: 't', plan, planHash, board: id, launch: null };
    return openRun(store.sql, run, { nano, tokens: null });
  }
  const ask = async (path: string): Promise<unknown> => (await service.app.request(`/api/runs/${path}`)).json();

  it('say what is spent and held back, of the run in both units, and of its parts that have a limit', async () => {
    const no = await open('figures-spending');
    await store.sql.query(
      'update runs set spent_nano = 500000000, reserved_nano = 250000000, spent_tokens = 70 where no = $1',
      [no],
    );
    await store.sql.query(
      `insert into ledger (run_no, scope, limit_tokens, spent_tokens, reserved_tokens) values ($1, 'task/build', 100, 40, 5)`,
      [no],
    );
    expect(await ask('figures-spending/spending')).toEqual({
      spending: [
        { scope: 'run', unit: 'usd', spent: 0.5, reserved: 0.25, limit: 2 },
        { scope: 'run', unit: 'tokens', spent: 70, reserved: 0, limit: null },
        { scope: 'task/build', unit: 'tokens', spent: 40, reserved: 5, limit: 100 },
      ],
    });
  });

  it('say what runs of the workflow before it took: those that came to a good end and did all of it themselves', async () => {
    const end = async (no: number, seconds: number, status: string, lineage = false): Promise<void> => {
      await store.sql.query(
        `update runs set status = $2, ended_at = started_at + make_interval(secs => $3), spent_nano = $3 * 10000000,
           lineage = case when $4 then '{"kind":"fork"}'::json end where no = $1`,
        [no, status, seconds, lineage],
      );
    };
    await open('figures-first', 'alike');
    expect(await ask('figures-first/expected')).toEqual({ runs: 0, durationMs: null, costUsd: null });
    for (let index = 1; index <= 21; index++)
      await end(await open(`figures-past-${index}`, 'alike'), index, 'succeeded');
    await end(await open('figures-failed', 'alike'), 9000, 'failed');
    await end(await open('figures-forked', 'alike'), 9000, 'succeeded', true);
    await end(await open('figures-other', 'another'), 9000, 'succeeded');
    await end(await open('acme@figures-past', 'alike'), 9000, 'succeeded');
    const replayed = await open('figures-replayed', 'alike');
    await end(replayed, 9000, 'succeeded');
    await store.sql.query(`update runs set launch = '{"cassette":"x"}' where no = $1`, [replayed]);
    await open('figures-now', 'alike');
    expect(await ask('figures-now/expected')).toEqual({
      runs: 21,
      durationMs: { p50: 11_000, p95: 20_000 },
      costUsd: { p50: 0.11, p95: 0.2 },
    });
  });

  it('say what a rollback would undo, the newest end first', async () => {
    const no = await open('figures-undo');
    await store.sql.query(
      `insert into tasks (run_no, id, task, status, agent, context, can_compensate, attempts, started_no, ended_no)
       select $1, id, id, 'succeeded', 'coder', id, can, 1, place, place from (values ('a', true, 1), ('b', false, 2), ('c', true, 3)) t (id, can, place)`,
      [no],
    );
    expect(await ask('figures-undo/undo')).toEqual({
      undo: ['c', 'a'].map((id) => ({ id, task: id, agent: 'coder', taskEnded: true })),
    });
    expect((await service.app.request('/api/runs/figures-none/undo')).status).toBe(404);
  });
});
