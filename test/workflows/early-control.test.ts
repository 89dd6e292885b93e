import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: () => ({ text: 'done' }) };
const plan = () => yamlPlan('tasks:\n  - { id: a, prompt: A, approval: before }\n  - { id: b, prompt: B }\n');

describe('a run that has only just begun', () => {
  let env: RunEnv;
  let worker: RunningWorker | null = null;
  beforeEach(async () => {
    env = await openRunEnv({ script: { rules: [echo] }, withWorker: false });
  });
  afterEach(async () => {
    await worker?.stop();
    await env.close();
  });

  it('answers what it was asked before a worker took it up', async () => {
    const { id: runId } = await env.start(plan());
    // Not in the store yet: found all the same.
    const run = await env.client.find(runId);
    const asked = Promise.all([run.waiting(), run.pause({ by: 'ann' }), run.skip({ task: 'b' })]);
    const refused = expect(run.skip({ task: 'none' })).rejects.toMatchObject({ name: 'RefusedError' });
    worker = await startWorker(env.settings);
    expect(await asked).toEqual([expect.any(Array), expect.stringMatching(/^paus/), undefined]);
    await refused;
    await run.resume();
    const { approvalId } = await reach(run, 'approval:requested');
    await run.approve({ id: approvalId, by: 'ann' });
    expect(await run.result()).toMatchObject({ tasks: { a: { status: 'succeeded' }, b: { status: 'skipped' } } });
    await run.closed(10_000);
    await run.cancel();
    await expect(run.pause()).rejects.toMatchObject({ name: 'RunClosedError' });
    await expect(env.client.find(`${runId}/a`)).rejects.toMatchObject({ name: 'RunNotFoundError' });
  });

  it('can be cancelled', async () => {
    const { id: runId } = await env.start(plan());
    const run = await env.client.find(runId);
    await run.cancel();
    worker = await startWorker(env.settings);
    expect((await run.result()).status).toBe('cancelled');
    expect(env.model.requests).toEqual([]);
  });

  it('is told from one that is not there', async () => {
    await expect(env.client.find('absent')).rejects.toMatchObject({ name: 'RunNotFoundError' });
  });
});
