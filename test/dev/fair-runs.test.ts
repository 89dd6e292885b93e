import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// A worker has 100 places for calls: the big run could fill them four times over.
const bigCount = 400;
const smallCount = 20;

describe('runs that share a worker', () => {
  let env: RunEnv;
  let client: Client;
  beforeAll(async () => {
    const rule = { name: 'slow', when: () => true, answer: () => ({ text: 'done', latencyMs: 3000 }) };
    env = await openRunEnv({ script: { rules: [rule] } });
    client = new Client({
      connection: await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal))),
    });
  });
  afterAll(async () => {
    await client.connection.close();
    await env.close();
  });
  const describeRun = async (workflowId: string) => (await client.workflow.getHandle(workflowId).describe()).raw;

  it('take turns: a small one does not wait until a big one is through', async () => {
    const big = await env.start(crowd(bigCount, 'inline'), { runId: 'big' });
    await until('the big run has all places', () => env.model.requests.length >= 100);
    const small = await env.start(crowd(smallCount, 'inline'), { runId: 'small' });
    const isQueued = async () => (await describeRun('small')).pendingActivities?.length === smallCount;
    await until('the small run waits for places', isQueued);
    const askedBefore = env.model.requests.length;
    const waiting = bigCount - askedBefore;
    expect(await small.result()).toMatchObject({ status: 'succeeded' });
    const isSmall = env.model.requests.map(({ callKey }) => callKey!.startsWith(`${small.runKey}/`));
    const overtaking = isSmall.slice(askedBefore, isSmall.lastIndexOf(true)).filter((isOurs) => !isOurs).length;
    console.log(`${overtaking} of the big run's ${waiting} waiting calls were made before the small run's last`);
    expect(waiting).toBeGreaterThan(100);
    // Without fairness it is all of them; a worker's worth was on its way already.
    expect(overtaking).toBeLessThan(waiting * 0.75);
    expect(await big.result()).toMatchObject({ status: 'succeeded' });
  });

  it('hand their key on to their tasks', async () => {
    const run = await env.start(crowd(1, 'child'), { runId: 'with-key' });
    await until('it asks', () => env.model.requests.some(({ callKey }) => callKey!.startsWith(`${run.runKey}/`)));
    const [child] = (await describeRun('with-key')).pendingChildren ?? [];
    const { workflowExecutionInfo } = await describeRun(child!.workflowId!);
    expect(workflowExecutionInfo?.priority?.fairnessKey).toBe('with-key');
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
  });
});

function crowd(count: number, tasks: 'inline' | 'child') {
  const lines = Array.from({ length: count }, (_, index) => `  - { id: t${index}, prompt: Do ${index}. }`).join('\n');
  return yamlPlan(`limits: { tasks: ${tasks}, max_parallel: ${count} }\ntasks:\n${lines}\n`);
}
