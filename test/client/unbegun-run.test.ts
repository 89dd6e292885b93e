import { afterAll, beforeAll, expect, it } from 'vitest';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({ withWorker: false });
});
afterAll(() => env.close());

it('a run that was started a moment ago is there, and has nothing yet, whatever is asked of it', async () => {
  const { id } = await env.start(yamlPlan('name: soon\ntasks: [{ id: a, prompt: A }]\n'));
  const run = await env.client.find(id);
  const view = await run.view();
  expect(view).toMatchObject({ runId: id, workflow: 'soon', status: 'queued', endedAt: null, waiting: [], tasks: {} });
  expect(view.startsAt).toBeUndefined();
  expect(await run.state()).toMatchObject({ lastSeq: 0 });
  for (const read of ['contexts', 'transcript', 'checkpoints', 'messages', 'evaluations'] as const)
    expect(await run[read](), read).toEqual([]);
  expect(await run.sharedState()).toEqual({ values: [], locks: [] });
  await expect(run.output()).rejects.toMatchObject({ kind: 'usage' });
  await run.cancel();
});
