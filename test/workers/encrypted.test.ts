import { randomBytes } from 'node:crypto';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { Runs } from '../../src/client/index.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { clientOptionsOf, type PayloadKeys, type TemporalTarget } from '../../src/domain/temporal-target.ts';
import { startWorker, type RunningWorker } from '../../src/workers/start-worker.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';

const fresh = () => randomBytes(32).toString('base64');
const [old, young] = [fresh(), fresh()];
const rotated: PayloadKeys = { keys: { young, old }, current: 'young' };
const word = 'canary-of-a-secret-plan';
const waits = () => yamlPlan(`tasks:\n  - { id: one, prompt: Say ${word}., approval: before }\n`);

describe('encrypted payloads', { timeout: 90_000 }, () => {
  const target = (payloadKeys?: PayloadKeys): TemporalTarget => ({
    ...inject('temporal'),
    ...(payloadKeys && { payloadKeys }),
  });
  let env: RunEnv;
  let plain: Client;
  const opened: Runs[] = [];
  let worker: RunningWorker | undefined;
  const work = async (payloadKeys?: PayloadKeys) => {
    await worker?.stop();
    worker = await startWorker({ ...env.settings, temporal: target(payloadKeys) });
  };
  const runsWith = async (payloadKeys?: PayloadKeys) => {
    const { databaseUrl, taskQueue } = env.settings;
    const runs = await connect({
      ...{ temporal: target(payloadKeys), databaseUrl, taskQueue, cwd: env.workspace, env: {} },
    });
    opened.push(runs);
    return runs;
  };
  /** All that Temporal has of a run and of its tasks, as text. */
  const historyOf = async (runId: string): Promise<string> => {
    const texts: string[] = [];
    const listed = plain.workflowService.listWorkflowExecutions({
      namespace: target().namespace,
      query: `WorkflowId STARTS_WITH '${runId}'`,
    });
    for (const { execution, memo } of (await listed).executions ?? []) {
      const { events } = await plain.workflow.getHandle(execution!.workflowId!, execution!.runId!).fetchHistory();
      JSON.stringify({ events, memo }, (_, value: unknown) => {
        // Bytes are base64 there.
        if (typeof value === 'string') texts.push(value, Buffer.from(value, 'base64').toString());
        return value;
      });
    }
    expect(texts.length).toBeGreaterThan(0);
    return texts.join('\n');
  };

  beforeAll(async () => {
    env = await openRunEnv({
      withWorker: false,
      script: { rules: [{ name: 'says it', when: () => true, answer: () => ({ text: word }) }] },
    });
    plain = new Client({ connection: await Connection.connect(clientOptionsOf(await reachTemporal(target()))) });
  });
  afterAll(async () => {
    await worker?.stop();
    await Promise.all(opened.map((runs) => runs.close()));
    await plain.connection.close();
    await env.close();
  });

  it('go on under a new key, and are read by nobody without one', async () => {
    const before = await runsWith();
    const withOld = await runsWith({ keys: { old }, current: 'old' });
    await work({ keys: { old }, current: 'old' });
    const plainRun = await before.start({ plan: { ...waits(), workspace: env.workspace }, id: 'encrypted-plain' });
    const run = await withOld.start({ plan: { ...waits(), workspace: env.workspace }, id: 'encrypted-old' });
    for (const { id: runId } of [plainRun, run]) {
      const one = await withOld.find(runId);
      await until('it waits', async () => (await one.waiting()).length === 1);
    }
    expect(await historyOf('encrypted-plain')).toContain('encrypted-plain');

    await work(rotated);
    const now = await runsWith(rotated);
    for (const id of ['encrypted-plain', 'encrypted-old']) {
      const one = await now.find(id);
      await one.approve();
      expect(await one.result()).toMatchObject({ status: 'succeeded' });
    }
    const history = await historyOf('encrypted-old');
    for (const name of ['old', 'young']) expect(history).toContain(name);
    expect(history).not.toContain(word);
    for (const [runs, name] of [
      [withOld, 'young'],
      [before, 'young'],
    ] as const) {
      const told = runs.find('encrypted-old').then((one) => one.waiting());
      await expect(told).rejects.toThrow(`encrypted with the key "${name}", which is not there`);
    }
  });

  it('hide what failures say, in workflows and in steps', async () => {
    await work(rotated);
    const { workflow } = await (await runsWith(rotated)).temporalClient();
    const failed = workflow.execute('orchestrate', {
      ...{ workflowId: 'encrypted-failure', taskQueue: env.settings.taskQueue },
      args: [{ workflow: 'one.yaml' }],
    });
    const error = await failed.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause?.message).toContain('has no workflows folder');
    const history = await historyOf('encrypted-failure');
    expect(history).toContain('Encoded failure');
    expect(history).not.toMatch(/workflows folder|\.ts:\d/);
  });
});
