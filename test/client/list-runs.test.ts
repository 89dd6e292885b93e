import { expect, it } from 'vitest';
import { listRuns, pageRuns } from '../../src/client/list/list-runs.ts';
import type { Session } from '../../src/client/connection/session.ts';
import { noteWorker } from '../../src/client/crew/worker-files.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { LaunchInfo } from '../../src/domain/run/launch.ts';
import type { WorkerStore } from '../../src/store/open-store.ts';
import { openRun, savePlan } from '../../src/store/runs.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { plan as planOf } from '../support/plan/builders.ts';
import { useTestStore } from '../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

it('lists for a status what its entries say, not what the database believes', async () => {
  const home = tempFolder();
  const plan = planOf();
  const planHash = await savePlan(store.sql, plan);
  const launchOf = (taskQueue: string): LaunchInfo => ({
    ...{ taskQueue, script: null, model: 'scripted', scriptPort: null, unsandboxedShell: false, webAllow: [] },
  });
  for (const runId of ['left', 'worked-on', 'left-too', 'ended']) {
    const launch = launchOf(runId === 'worked-on' ? 'here' : 'gone');
    const run = { runKey: runId, runId, temporalRunId: '1', plan, planHash, board: runId, launch };
    const no = await openRun(store.sql, run, { nano: 1, tokens: null });
    if (runId === 'ended')
      await store.sql.query(`update runs set status = 'stopped', ended_at = now() where no = $1`, [no]);
    if (runId === 'left-too') await store.sql.query(`update runs set status = 'paused' where no = $1`, [no]);
  }
  const remove = await noteWorker(home, 'worker', launchOf('here'));
  const isAway = (): Promise<never> => Promise.reject(new Error('no Temporal here'));
  const session = {
    store,
    home,
    tenant: null,
    config: loadConfig({ cwd: home, environment: {} }),
    connect: isAway,
  } as unknown as Session;
  const listed = async (status: string, limit = 50) =>
    (await listRuns(session, { status, limit })).map(({ runId }) => runId);
  expect(await listed('running')).toEqual(['worked-on']);
  expect(await listed('paused')).toEqual([]);
  expect(await listed('parked')).toEqual(['left-too', 'left']);
  expect(await listed('parked', 1)).toEqual(['left-too']);
  expect(await listed('stopped')).toEqual(['ended']);
  await expect(listed('parket')).rejects.toThrow(/no status "parket" of a run: queued.*parked.*timed-out/);
  remove();
});

it('asks about fifty living runs a page at most, says where it stopped, and looks behind them for what is wanted', async () => {
  const plan = planOf({ name: 'many' });
  const planHash = await savePlan(store.sql, plan);
  const begin = async (runId: string, status: string): Promise<void> => {
    const run = { runKey: runId, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null };
    const no = await openRun(store.sql, run, { nano: 1, tokens: null });
    const ended = status === 'failed' ? 'now()' : 'null';
    await store.sql.query(`update runs set status = $2, ended_at = ${ended} where no = $1`, [no, status]);
  };
  await begin('many-failed', 'failed');
  for (let index = 0; index < 70; index++) await begin(`many-${index}`, 'running');
  let asked = 0;
  const cutOffs = { track: () => Promise.reject(new Error(`Temporal is asked for the ${++asked}th time`)) };
  const session = {
    ...{ store, home: '/nowhere', tenant: null, config: { databaseUrl: 'postgres://elsewhere' } },
    connect: async () => ({ client: {}, calls: cutOffs, target: {} }),
  } as unknown as Session;
  const askedFor = async (filter: Parameters<typeof pageRuns>[1]) => {
    asked = 0;
    const { runs, next } = await pageRuns(session, { workflow: 'many', ...filter });
    return { count: runs.length, first: runs[0]?.runId, next, asked };
  };
  const one = await askedFor({ limit: 200 });
  expect(one).toMatchObject({ count: 50, first: 'many-69' });
  expect(one.asked).toBe(50);
  const two = await askedFor({ limit: 200, cursor: one.next! });
  expect(two).toEqual({ count: 21, first: 'many-19', next: null, asked: 20 });
  expect(await askedFor({ status: 'running', limit: 30 })).toMatchObject({ count: 30, asked: 50 });
  const failed = await askedFor({ status: 'failed' });
  expect(failed).toMatchObject({ count: 1, first: 'many-failed', next: null });
  expect(failed.asked).toBe(70);
  // For what is to start later the queue is asked, too; what had its time long ago is there, or never comes.
  await store.runs.keepForRun('many-before', plan, new Date(Date.now() - 86_400_000));
  expect((await askedFor({ limit: 200 })).asked).toBe(50);
  await store.runs.keepForRun('many-later', plan, new Date(Date.now() + 60_000));
  expect((await askedFor({ limit: 200 })).asked).toBe(51);
  await store.runs.releaseForRun('many-later');
  expect((await askedFor({ limit: 200 })).asked).toBe(50);
});
