import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker } from '../../src/workers/start-worker.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const blocked = { tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] };

describe('a task that waits for a person while its run is terminated', () => {
  let env: RunEnv;
  let connection: Connection;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [{ name: 'blocked', when: () => true, answer: () => blocked }] } });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
  });

  it('ends by itself, and one of a run that lives does not', { timeout: 120_000 }, async () => {
    const client = new Client({ connection });
    const plan = () => yamlPlan('tasks:\n  - { id: a, prompt: A }\n');
    const [ended, lives] = [await env.start(plan()), await env.start(plan())];
    for (const run of [ended, lives]) await reach(run, 'blocker:raised');
    await client.workflow.getHandle(ended.id).terminate('a test');
    const statusOf = async ({ id }: { id: string }) =>
      (await client.workflow.getHandle(`${id}/a`).describe()).status.name;
    expect(await statusOf(ended)).toBe('RUNNING');
    // Every worker looks when it starts, and then each minute.
    const worker = await startWorker(env.settings);
    try {
      await until('the task has ended', async () => (await statusOf(ended)) === 'CANCELLED', 100_000);
      expect(await statusOf(lives)).toBe('RUNNING');
      expect(env.model.requests).toHaveLength(2);
    } finally {
      await worker.stop();
    }
    await lives.cancel();
    expect((await lives.result()).status).toBe('cancelled');
  });
});
