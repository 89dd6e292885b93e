import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/invariants/invariants.ts';
import { startMoving } from '../support/run/moving-run.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

describe('a run that only waits', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'read' }) }] },
    });
  });
  afterAll(() => env.close());

  it('goes on as new below messages that keep coming, keeps each of them, and takes the approval', async () => {
    const count = 120;
    const plan = yamlPlan('tasks:\n  - { id: a, prompt: Read., approval: { at: before, by: [maintainer] } }\n');
    const run = await startMoving(env, plan, 80);
    await until('it asks', async () => (await env.story(run.id)).some(({ type }) => type === 'approval:requested'));
    let sent = 0;
    const send = async (): Promise<void> => {
      while (sent < count) await run.send({ to: 'a', text: `message ${++sent}.`, from: 'ann' });
    };
    // Temporal lets ten updates be on their way to an execution: the others come again.
    await Promise.all(Array.from({ length: 50 }, send));
    expect(await env.temporal.detailsOf(run.id)).toContain('0 of 1 task succeeded');
    await run.approve({ id: 'before/a', by: 'bob', role: 'maintainer' });
    expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { a: { output: 'read' } } });
    expect(await env.temporal.detailsOf(run.id)).toContain('succeeded: 1 of 1 task succeeded');
    await until('Temporal lists what is over', async () => (await run.executions()) > 3);
    const told = (await env.story(run.id)).filter(({ type }) => type === 'message:sent');
    expect(told).toHaveLength(count);
    const asked = JSON.stringify(env.model.requests.at(-1));
    for (let number = 1; number <= count; number++) expect(asked).toContain(`message ${number}.`);
    expect(await violations(env, run.runKey, [])).toEqual([]);
    await run.close();
  });
});
