import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { crewPlan, crewScript, rightSum } from '../support/crash/crew.ts';
import { settledMs } from '../../src/store/leases/lease-keeper.ts';
import type { WorkerTuning } from '../../src/domain/run/worker-tuning.ts';
import type { Script } from '../../src/testing/index.ts';
import { lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { canContain } from '../support/base/container.ts';
import { descendantsOf, stillAlive } from '../support/base/processes.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import type { WorkerProcess } from '../support/run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';

const size = 8;

describe('two workers', () => {
  let env: RunEnv;
  let workers: WorkerProcess[] = [];

  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
    workers = await Promise.all([spawnWorker(env.settings), spawnWorker(env.settings)]);
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await env.close();
  });

  it('share the work of a run, and one goes on alone when the other is killed', async () => {
    const runId = 'shared';
    const workspace = join(env.workspace, runId);
    mkdirSync(workspace);
    env.model.setScript(crewScript(runId, ({ number, answer }) => ({ ...answer, latencyMs: 100 + 2 * number })));
    const handle = await env.start(crewPlan(size, workspace, runId), { runId });
    const atWork = async (): Promise<number[]> => {
      const { rows } = await env.store.sql.query<{ pid: number }>(
        `select distinct (holder ->> 'pid')::integer as pid from journal where state = 'intent' and kind = 'model'`,
      );
      return rows.map((row) => row.pid);
    };
    await until('both are in a model call', async () => (await atWork()).length === 2);
    const [dying, other] = workers;
    dying!.freeze();
    const kill = await lookAtFlight(env.store, handle.runKey);
    const tools = descendantsOf(dying!.pid);
    await dying!.kill();
    expect(await stillAlive(tools, 5000)).toEqual([]);
    await until('the run ends', async () => (await handle.describe()).status !== 'running', 40_000);
    const result = await handle.result();
    expect(result).toMatchObject({ status: 'succeeded', tasks: { sum: { output: rightSum(size) } } });
    expect(await violations(env, handle.runKey, [kill])).toEqual([]);
    expect(await other!.stop()).toBe(0);
  });
});

/** Servers for workers that a test starts one by one; they end with it. */
async function openWithoutWorkers() {
  buildIfStale();
  const env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
  const workers: WorkerProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await env.close();
  });
  return { env, workers };
}

/** Both workers have been there for so long that they judge others. */
async function settled(env: RunEnv): Promise<void> {
  let since: number | undefined;
  await until('both workers are settled', async () => {
    const { rows } = await env.store.sql.query('select from worker_leases where is_tied');
    if (rows.length === 2) since ??= performance.now();
    return since !== undefined && performance.now() - since > settledMs + 500;
  });
}

async function isTied({ store }: RunEnv, { pid }: WorkerProcess): Promise<boolean> {
  const text = 'select from worker_leases where identity like $1 and is_tied';
  return (await store.sql.query(text, [`${pid}@%`])).rows.length === 1;
}

function planOf(tasks: number) {
  const ids = Array.from({ length: tasks }, (_, index) => `t${index + 1}`);
  const lines = ids.map((id) => `  - { id: ${id}, prompt: Do ${id}. }\n`);
  return yamlPlan(`limits: { max_parallel: ${tasks} }\ntasks:\n${lines.join('')}`);
}

/** Answers each prompt so late at first, and at once from then on. */
function lateAtFirst(latencyMs: number): Script {
  const asked = new Set<string>();
  const answer = (prompt: string) =>
    asked.has(prompt) ? { text: 'Done.' } : (asked.add(prompt), { text: 'Late.', latencyMs });
  return { rules: [{ name: 'late', when: () => true, answer: ({ prompt }) => answer(prompt) }] };
}

describe('a worker that was taken for dead and is not', () => {
  it.skipIf(!canContain)('writes nothing of what others do in its place', async () => {
    const { env, workers } = await openWithoutWorkers();
    env.model.setScript(lateAtFirst(3000));
    const stopped = await spawnWorker(env.settings);
    workers.push(stopped);
    const run = await env.start(planOf(3), { runId: 'taken-for-dead' });
    await until('all calls are in flight', () => env.model.requests.length === 3);
    await until('its lease hangs on its process', () => isTied(env, stopped));
    stopped.freeze();
    const frozen = await lookAtFlight(env.store, run.runKey);
    // From there nobody can look whether it lives.
    workers.push(await spawnWorker(env.settings, { isContained: true }));
    await settled(env);
    // What an operator, or a network, may do to a worker that stands still: then nothing tells it from a dead one.
    await env.store.sql.query(
      `select pg_terminate_backend(pid) from pg_locks join worker_leases on
         (classid::bigint << 32 | objid::bigint) = hashtextextended('gaffer worker ' || id, 0)
       where locktype = 'advisory' and identity like $1`,
      [`${stopped.pid}@%`],
    );
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 3 } });
    const late = () => env.model.requests.slice(0, 3).filter(({ outcome }) => outcome === 'answered').length;
    await until('its own answers are there', () => late() === 3);
    stopped.thaw();
    await until('it is there again', () => isTied(env, stopped));
    expect(await stopped.stop()).toBe(0);
    expect(env.model.requests).toHaveLength(6);
    const answers = await env.store.sql.query<{ texts: string }>(
      `select string_agg(content::text, ' ') as texts from messages where role = 'assistant'`,
    );
    expect(answers.rows[0]!.texts).not.toContain('Late.');
    expect(await violations(env, run.runKey, [frozen])).toEqual([]);
  });
});

describe('two workers in containers that share a host name', () => {
  /** Workers of which none can look at the other's process, as on two hosts; `start` brings one more. */
  async function openHosts(tuning: WorkerTuning = {}) {
    const { env, workers } = await openWithoutWorkers();
    const start = async () => {
      workers.push(await spawnWorker({ ...env.settings, tuning }, { isContained: true }));
      return workers.at(-1)!;
    };
    return { env, start };
  }

  /** Longer than anything but a lease takes to be missed. */
  const lostMs = 600_000;

  it.skipIf(!canContain)('are two: the start of one takes no call of the other for a dead one', async () => {
    const { env, start } = await openHosts();
    const answer = { text: 'Done.', latencyMs: 6000 };
    env.model.setScript({ rules: [{ name: 'slow', when: () => true, answer: () => answer }] });
    await start();
    const run = await env.start(planOf(3));
    await until('all calls are in flight', () => env.model.requests.length === 3);
    await start();
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 3 } });
    expect(env.model.requests).toHaveLength(3);
  });

  it.skipIf(!canContain)('miss each other at once: what a killed one had in hand the other one does', async () => {
    const { env, start } = await openHosts();
    env.model.setScript(lateAtFirst(lostMs));
    const first = await start();
    const run = await env.start(planOf(3), { runId: 'missed-at-once' });
    await until('all calls are in flight', () => env.model.requests.length === 3);
    await start();
    await settled(env);
    const killedAt = Date.now();
    await first.kill();
    await until('the other one asks', () => env.model.requests.length === 6, 10_000);
    console.log(`missed-at-once: first call ${env.model.requests[3]!.at - killedAt} ms after the kill`);
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 3 } });
    expect(env.model.requests).toHaveLength(6);
  });

  it.skipIf(!canContain)('tell each other of a cancel, before any heartbeat does', async () => {
    // Neither has places for all calls.
    const { env, start } = await openHosts({ activities: 5 });
    env.model.setScript(lateAtFirst(lostMs));
    await Promise.all([start(), start()]);
    const run = await env.start(planOf(8), { runId: 'cancel-on-two-hosts' });
    await until('all calls are in flight', () => env.model.requests.length === 8);
    const cancelledAt = Date.now();
    await run.cancel();
    const aborted = () => env.model.requests.filter(({ outcome }) => outcome === 'aborted').length;
    await until('all calls are aborted', () => aborted() === 8, 5000);
    console.log(`cancel-on-two-hosts: all calls aborted ${Date.now() - cancelledAt} ms after the cancel`);
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
    expect(env.model.requests).toHaveLength(8);
  });
});
