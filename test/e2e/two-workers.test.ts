import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { crewPlan, crewScript, rightSum } from '../support/crash/crew.ts';
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

describe('two workers in containers that share a host name', () => {
  it.skipIf(!canContain)('are two: the start of one takes no call of the other for a dead one', async () => {
    buildIfStale();
    const env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
    const workers: WorkerProcess[] = [];
    onTestFinished(async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await env.close();
    });
    const answer = { text: 'Done.', latencyMs: 6000 };
    env.model.setScript({ rules: [{ name: 'slow', when: () => true, answer: () => answer }] });
    workers.push(await spawnWorker(env.settings, { isContained: true }));
    const plan = yamlPlan('tasks:\n' + ['a', 'b', 'c'].map((id) => `  - { id: ${id}, prompt: Do ${id}. }\n`).join(''));
    const run = await env.start(plan);
    await until('all calls are in flight', () => env.model.requests.length === 3);
    workers.push(await spawnWorker(env.settings, { isContained: true }));
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 3 } });
    expect(env.model.requests).toHaveLength(3);
  });
});
