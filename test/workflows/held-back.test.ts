import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { patient } from '../support/base/patience.ts';

// 8,000 tokens at $5 a million are held back for each call: $0.04, and a little for what is sent. What it costs is a hundredth of that.
const agents = [agent({ name: 'dear', model: 'claude-haiku-4-5', maxTokens: 8000, tools: ['issue'] })];
const tasks = (count: number, more = ''): string =>
  Array.from({ length: count }, (_, n) => `  - { id: t${n}, prompt: "Task ${n}", profile: dear${more} }`).join('\n');

describe.each([{ mode: 'child' }, { mode: 'inline' }])('money that is held back, tasks $mode', ({ mode }) => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  /** A model that answers late, or when it is let, and counts how many it answers at once. */
  const answering = (latencyMs: number, look = 0) => {
    const script = {
      rules: [
        { name: 'looks', when: (c: { turn: number }) => c.turn < look, answer: () => ({ ...looks, latencyMs }) },
        { name: 'ends', when: () => true, answer: () => ({ text: 'done', latencyMs }) },
      ],
    };
    env.model.setScript(script);
  };
  const looks = { tools: [{ name: 'issue', input: { action: 'list' } }] };
  const expectSettled = async (runId: string): Promise<void> => {
    const { rows } = await env.store.sql.query(
      `select r.reserved_nano::integer as held, (select count(*)::integer from waiting_calls w where w.run_no = r.no) as waiting
       from runs r where r.run_id = $1`,
      [runId],
    );
    expect(rows).toEqual([{ held: 0, waiting: 0 }]);
  };

  it.each([
    { what: 'the run', limits: 'usd: 0.1', more: '' },
    { what: 'an agent', limits: 'usd: 5, per_agent: { dear: { usd: 0.1 } }', more: '' },
    { what: 'tokens', limits: 'usd: 5, tokens: 30000', more: '' },
    {
      what: 'all of them',
      limits: 'usd: 0.15, tokens: 50000, per_agent: { dear: { usd: 0.12 } }',
      more: ', limits: { usd: 0.06 }',
    },
  ])('of $what is no reason to fail: ten tasks take turns', async ({ limits, more }) => {
    answering(50, 1);
    const since = performance.now();
    const run = await env.start(
      yamlPlan(
        `limits: { tasks: ${mode}, max_parallel: 10, on_exceeded: fail, ${limits} }\ntasks:\n${tasks(10, more)}\n`,
        { agents },
      ),
    );
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 10 } });
    expect(await env.story(run.id)).not.toContainEqual(expect.objectContaining({ type: 'budget:exceeded' }));
    // Called up, not found by looking once in a while.
    expect(performance.now() - since).toBeLessThan(patient(25_000));
    await expectSettled(run.id);
  });

  it('ends with a raise, and does not outlive a cancel', async () => {
    answering(60_000);
    const plan = yamlPlan(`limits: { tasks: ${mode}, usd: 0.05 }\ntasks:\n${tasks(3, ', timeout: 30s')}\n`, { agents });
    const run = await env.start(plan);
    const asked = () => env.model.requests.filter(({ outcome }) => outcome === 'pending').length;
    const waiting = async () => (await env.store.sql.query('select 1 from waiting_calls')).rows.length;
    await until('one is asked and two wait', async () => asked() === 1 && (await waiting()) === 2);
    const { stuck, held } = await run.view();
    expect(stuck).toBeNull();
    expect(held).toMatch(
      /^2 calls \(\w+, \w+\) wait for their turn: up to \$0\.\d+, behind \$0\.\d+ .*limit of the run\)$/,
    );
    expect(await run.describe()).toEqual({ status: 'running', stuck: null, held });
    await run.setLimits({ usd: 0.1, by: 'ann' });
    await until('another is asked', async () => asked() === 2 && (await waiting()) === 1);
    await run.pause({ by: 'ann' });
    await run.resume({ by: 'ann' });
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
    await until('the model hears of it', async () => asked() === 0);
    await expectSettled(run.id);
    expect(
      await env.temporal.replay(
        await env.temporal.executionsOf(run.id, (await env.store.runs.find(run.id))!.temporalRunId),
      ),
    ).toEqual([]);
  });

  it('that can never fit stops the run, as ever', async () => {
    answering(0);
    const plan = yamlPlan(`limits: { tasks: ${mode}, usd: 0.03, on_exceeded: fail }\ntasks:\n${tasks(2)}\n`, {
      agents,
    });
    const result = await env.run(plan);
    expect(result).toMatchObject({ status: 'stopped', reason: expect.stringContaining('BudgetExceeded') });
  });
});
