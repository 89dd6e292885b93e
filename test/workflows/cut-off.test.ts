import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const blocked = { tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] };
const plan = () => yamlPlan('tasks:\n  - { id: a, prompt: A }\n');

describe('a run that Temporal closed', () => {
  let env: RunEnv;
  let connection: Connection;
  let client: Client;
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'a', when: () => true, answer: () => blocked }] },
    });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
    client = new Client({ connection });
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
  });

  async function follow(run: Run): Promise<never> {
    for await (const _ of run.events());
    throw new Error('its events came to an end');
  }

  async function startWithTimeout(runId: string): Promise<Run> {
    const hash = await env.store.runs.savePlan({ ...plan(), workspace: env.workspace });
    await client.workflow.start('orchestrate', {
      workflowId: runId,
      taskQueue: env.settings.taskQueue,
      args: [{ plan: hash }],
      workflowExecutionTimeout: '4 s',
    });
    return env.client.find(runId);
  }

  it.each([
    {
      status: 'terminated',
      words: 'was terminated in Temporal (boom)',
      start: () => env.start(plan()),
      end: (runId: string) => client.workflow.getHandle(runId).terminate('boom'),
    },
    {
      status: 'timed-out',
      words: 'timed out in Temporal',
      start: () => startWithTimeout('cut-off-by-time'),
      end: () => Promise.resolve(),
    },
  ])('as $status ends whoever waits for its events or its result', async ({ status, words, start, end }) => {
    const run = await start();
    await reach(run, 'blocker:raised');
    const waiting = Promise.allSettled([follow(run), run.result()]);
    expect(await run.cutOff()).toBeNull();
    await end(run.id);
    for (const one of await waiting) {
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'RunCutOffError', runId: run.id, status } });
    }
    const told = await run.describe();
    expect(told.stuck).toContain(`run ${run.id} ${words}, so it could not undo anything: \`gaffer rollback`);
    expect((await run.cutOff())?.message).toBe(told.stuck);
  });

  it('by itself is not cut off, whenever somebody asks', async () => {
    const run = await env.start(plan());
    await reach(run, 'blocker:raised');
    const asked = new Set<unknown>();
    let isOver = false;
    const asking = until('it is closed', async () => {
      asked.add(await run.cutOff());
      return isOver;
    });
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
    await run.closed(5000);
    isOver = true;
    await asking;
    expect(asked).toEqual(new Set([null]));
    expect(await run.describe()).toEqual({ status: 'cancelled', stuck: null });
  });

  it('before it began is refused', async () => {
    const elsewhere = await openRunEnv({ withWorker: false });
    try {
      const run = await elsewhere.start(plan());
      await client.workflow.getHandle(run.id).terminate('boom');
      expect(await run.cutOff()).toBeNull();
      const refused = { name: 'RunRefusedError', message: 'it was terminated in Temporal: boom' };
      await expect(run.result()).rejects.toMatchObject(refused);
      await expect(follow(run)).rejects.toMatchObject(refused);
    } finally {
      await elsewhere.close();
    }
  });
});
