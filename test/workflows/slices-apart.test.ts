import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { Script } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { violations } from '../support/invariants/invariants.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const script: Script = {
  rules: [
    {
      name: 'waits',
      when: (c) => c.prompt === 'Wait.',
      answer: () => ({ text: 'waited', latencyMs: 3000 }),
    },
    {
      name: 'long',
      when: (c) => c.prompt === 'Long.',
      answer: () => ({ text: 'took long', latencyMs: 7000 }),
    },
    {
      name: 'asks',
      when: (c) => c.prompt === 'Ask.',
      answer: (c) =>
        c.turn === 0 ? { tools: [{ name: 'issue', input: { action: 'create', title: 'T' } }] } : { text: 'asked' },
    },
    { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
  ],
};
const plan = (text: string) => yamlPlan(`limits: { tasks: auto }\n${text}`);

describe('one task of a slice, and the others', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script });
  });
  afterAll(() => env.close());

  const told = async (runId: string, type: string, count: number): Promise<void> =>
    until(`${count} times ${type}`, async () => {
      return (await env.story(runId)).filter((event) => event.type === type).length >= count;
    });
  const outcomesOf = (runId: string) =>
    env.model.requests.filter(({ callKey }) => callKey?.includes(runId)).map(({ outcome }) => outcome);

  it('keeps a call when a task behind it is given up that has not begun', async () => {
    const text = `tasks:
  - { id: a, prompt: Wait. }
  - { id: b, prompt: Do it., depends_on: [a] }
  - { id: c, prompt: Do it too., depends_on: [a] }
`;
    const run = await env.start(plan(text), { runId: 'apart-behind' });
    await told(run.id, 'agent:invoke', 1);
    await run.skip({ task: 'b', by: 'ann' });
    expect(await run.result()).toMatchObject({
      tasks: { a: { output: 'waited', turns: 1 }, b: { status: 'skipped' }, c: { output: 'done' } },
    });
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('keeps what follows from a task that is given up after its end', async () => {
    const text = `tasks:
  - { id: a, prompt: Do it. }
  - { id: b, prompt: Wait., depends_on: [a] }
  - { id: c, prompt: Wait., depends_on: [a] }
`;
    const run = await env.start(plan(text), { runId: 'apart-over' });
    await told(run.id, 'agent:invoke', 3);
    await run.skip({ task: 'a', by: 'ann' });
    expect(await run.result()).toMatchObject({
      status: 'succeeded',
      tasks: { a: { output: 'done' }, b: { output: 'waited' }, c: { output: 'waited' } },
    });
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('does not give up what a slice has begun and ended by itself', async () => {
    const text = `tasks:
  - { id: a, prompt: Do it. }
  - { id: b, prompt: Do it too., depends_on: [a] }
  - { id: c, prompt: Wait., depends_on: [a] }
`;
    const run = await env.start(plan(text), { runId: 'apart-ended' });
    await told(run.id, 'task:complete', 2);
    await expect(run.skip({ task: 'b', by: 'ann' })).rejects.toThrow(/b has ended already/);
    expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { b: { output: 'done' } } });
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('counts no wait for the others of a slice as time of a task', async () => {
    const text = `policy: [{ tool: issue, match: "issue create*", action: ask }]
tasks:
  - { id: asks, prompt: Ask., timeout: 6s }
  - { id: beside, prompt: Long. }
`;
    const run = await env.start(plan(text), { runId: 'apart-timeout' });
    const { approvalId } = await reach(run, 'approval:requested');
    await run.approve({ id: approvalId, by: 'ann' });
    expect(await run.result()).toMatchObject({
      status: 'succeeded',
      tasks: { asks: { output: 'asked', attempts: 1 } },
    });
    expect(outcomesOf('apart-timeout')).toEqual(['answered', 'answered', 'answered']);
  });
});

describe('a worker that stops', () => {
  it('begins nothing more in a slice, and breaks off nothing', async () => {
    const env = await openRunEnv({ script, withWorker: false });
    const first = await startWorker(env.settings);
    try {
      const text = `tasks:
  - { id: a, prompt: Wait. }
  - { id: b, prompt: Wait., depends_on: [a] }
`;
      const run = await env.start(plan(text), { runId: 'apart-stops' });
      await until('the first is asked', () => env.model.requests.length === 1);
      await first.stop();
      expect(env.model.requests.map(({ outcome }) => outcome)).toEqual(['answered']);
      const second = await startWorker(env.settings);
      try {
        expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { b: { output: 'waited' } } });
        expect(env.model.requests).toHaveLength(2);
      } finally {
        await second.stop();
      }
    } finally {
      await first.stop();
      await env.close();
    }
  });
});
