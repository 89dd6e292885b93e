import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totalTokens } from '../../src/domain/money/usage.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { patient } from '../support/base/patience.ts';

// One answer costs about $0.006, and the worst case of the next one is about as much.
const dear = { usage: { outputTokens: 1000 } };
const look = { tools: [{ name: 'issue', input: { action: 'list' } }] };

describe.each([{ mode: 'child' }, { mode: 'inline' }, { mode: 'auto' }])('money and time, tasks $mode', ({ mode }) => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  it('a task that waits until its money fits in the minute goes on at once with a higher limit', async () => {
    env.model.setScript({ rules: [{ name: 'dear', when: () => true, answer: () => ({ text: 'done', ...dear }) }] });
    const limits = `{ tasks: ${mode}, usd: 1, usd_per_minute: 0.01, on_exceeded: pause }`;
    const tasks = 'tasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: B, depends_on: [a] }\n';
    const run = await env.start(yamlPlan(`limits: ${limits}\n${tasks}`));
    await reach(run, 'budget:exceeded');
    const rests =
      /^b rests until \d\d:\d\d:\d\d, or until limits.usd_per_minute is raised: speed: \$0\.\d+ of \$0\.01 are spent/;
    await until('stuck says so', async () => rests.test((await run.describe()).stuck ?? ''));
    const since = performance.now();
    // Still too low: it stands still again.
    await run.setLimits({ usdPerMinute: 0.011, by: 'ann' });
    await until('it has asked again', async () => {
      const story = await env.story(run.id);
      return story.filter(({ type }) => type === 'budget:exceeded').length > 1;
    });
    await run.setLimits({ usdPerMinute: 1, by: 'ann' });
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
    expect(performance.now() - since).toBeLessThan(patient(30_000));
  });

  it('a task that waits for its next attempt is named', async () => {
    env.model.setScript({ rules: [{ name: 'loops', when: () => true, answer: () => look }] });
    const task = '{ id: a, prompt: A, retry: { max_attempts: 2, backoff: 60s } }';
    const run = await env.start(yamlPlan(`limits: { tasks: ${mode} }\ntasks:\n  - ${task}\n`));
    const waits = /^a failed and is tried again at \d\d:\d\d:\d\d$/;
    await until('stuck says so', async () => waits.test((await run.describe()).stuck ?? ''));
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
  });

  it('a task that times out says what it has cost', async () => {
    env.model.setScript({
      rules: [
        { name: 'works', when: (c) => c.turn < 2, answer: () => ({ ...look, ...dear }) },
        { name: 'hangs', when: () => true, answer: () => ({ text: 'late', latencyMs: 60_000 }) },
      ],
    });
    const run = await env.start(
      yamlPlan(`limits: { tasks: ${mode} }\ntasks:\n  - { id: a, prompt: A, timeout: 4s }\n`),
    );
    const told = await reach(run, 'task:complete');
    const { tasks, summary } = await run.result();
    const { status, error, usage, turns, costUsd } = tasks['a']!;
    expect({ status, error }).toMatchObject({ status: 'failed', error: expect.stringContaining('timeout of 4 s') });
    expect(told).toMatchObject({ turns, costUsd, tokensUsed: totalTokens(usage), success: false });
    expect(told.turns).toBeGreaterThanOrEqual(2);
    expect(told.costUsd).toBe(summary.costUsd);
    expect(told.costUsd).toBeGreaterThan(0.01);
  });

  it('a task that was tried again says what all attempts have cost', async () => {
    let calls = 0;
    env.model.setScript({
      rules: [
        { name: 'loops', when: () => ++calls <= 4, answer: () => ({ ...look, ...dear }) },
        { name: 'ends', when: () => true, answer: () => ({ text: 'done', ...dear }) },
      ],
    });
    const task = '{ id: a, prompt: A, retry: { max_attempts: 2, backoff: 10ms } }';
    const run = await env.start(yamlPlan(`limits: { tasks: ${mode} }\ntasks:\n  - ${task}\n`));
    const told = await reach(run, 'task:complete');
    const { tasks } = await run.result();
    expect(tasks['a']).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(told).toMatchObject({ turns: tasks['a']!.turns, costUsd: tasks['a']!.costUsd, success: true });
  });
});
