import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

// 1,000 tokens in and 100 out, a call.
const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0 };
const agents = [agent({ name: 'local', model: 'unheard-of' }), agent({ name: 'bought', model: 'qwen' })];
const tasks = `tasks:
  - { id: a, profile: local, prompt: A }
  - { id: b, profile: bought, prompt: B, depends_on: [a] }
`;
const qwen = 'qwen: { price: { input: 2, output: 10 } }';

describe('models that the table does not know', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'done', usage }) }] },
    });
  });
  afterAll(() => env.close());

  it('cost what the file says; what nobody knows is told as that, and never as free', async () => {
    const plan = yamlPlan(`limits: { tokens: 100000 }\nmodels: { ${qwen} }\n${tasks}`, { agents });
    const run = await env.start(plan);
    const result = await run.result();
    expect(result.status).toBe('succeeded');
    expect(result.summary).toMatchObject({ totalTokens: 2200, costUsd: 0.003, uncountedCalls: 1 });
    expect(result.tasks).toMatchObject({ a: { costUsd: 0, uncountedCalls: 1 }, b: { costUsd: 0.003 } });
    expect(result.tasks['b']).not.toHaveProperty('uncountedCalls');
    const answers = (await env.story(run.id)).filter(({ type }) => type === 'agent:answer');
    expect(answers).toMatchObject([
      { taskId: 'a', costUsd: 0, isUncounted: true },
      { taskId: 'b', costUsd: 0.003 },
    ]);
    expect(answers[1]).not.toHaveProperty('isUncounted');
    const view = await run.view();
    expect(view.summary).toEqual(result.summary);
    expect(view.tasks['a']).toMatchObject({ costUsd: 0, uncountedCalls: 1 });
    expect((await env.client.list()).find(({ runId }) => runId === run.id)).toMatchObject({ isUncounted: true });
  });

  it('are held to their tokens', async () => {
    const plan = yamlPlan(`limits: { tokens: 3000 }\nmodels: { ${qwen} }\n${tasks}`, { agents });
    const run = await env.start(plan);
    const { detail } = await reach(run, 'budget:exceeded');
    expect(detail).toMatch(/of 3000 tokens are used/);
    expect(await run.result()).toMatchObject({ status: 'stopped', summary: { costUsd: 0 } });
  });

  it('may be free: a limit in dollars holds, and nothing is said', async () => {
    const models = 'unheard-of: { price: { input: 0, output: 0 } }, qwen: { price: { input: 2, output: 10 } }';
    const { summary } = await env.run(yamlPlan(`limits: { usd: 1 }\nmodels: { ${models} }\n${tasks}`, { agents }));
    expect(summary).toMatchObject({ costUsd: 0.003 });
    expect(summary).not.toHaveProperty('uncountedCalls');
  });

  it('cost in a run what its plan says, also where the table knows better by now', async () => {
    const { plan } = { plan: yamlPlan('tasks: [{ id: a, prompt: A }]') };
    const [name] = Object.keys(plan.models!);
    const facts = { ...plan.models![name!]!, price: { input: 7000, output: 0, cacheRead: 0, cacheWrite: 0 } };
    const kept = await env.run({ ...plan, models: { [name!]: facts } });
    expect(kept.summary.costUsd).toBe(0.007);
    // A plan of before that says nothing of its models.
    const { models: _models, ...older } = plan;
    expect((await env.run(older)).summary.costUsd).toBe(0.0015);
  });
});
