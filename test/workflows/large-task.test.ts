import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { MovingRun } from '../support/run/moving-run.ts';
import { startMoving } from '../support/run/moving-run.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// Each turn leaves a dozen events, as its tool touches the world.
const writes = (turns: number) => ({
  name: 'writes',
  when: ({ prompt }: ScriptedConversation) => prompt.startsWith('Write'),
  answer: ({ turn }: ScriptedConversation) =>
    turn < turns
      ? { tools: [{ name: 'filesystem', input: { action: 'write', path: `${turn}.txt`, content: `${turn}` } }] }
      : { text: 'written' },
});
const quick = { name: 'quick', when: () => true, answer: () => ({ text: 'done' }) };

describe('a task with a long history', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());
  const executionsOf = async ({ id, runKey }: MovingRun, taskId: string): Promise<number> => {
    const all = await env.temporal.executionsOf(id, runKey.slice(id.length + 1));
    return all.filter(({ workflowId }) => workflowId === `${id}/${taskId}`).length;
  };

  const others = `
  - { id: a, prompt: A }
  - { id: b, prompt: B, depends_on: [a] }
  - { id: c, prompt: C, depends_on: [b] }
  - { id: d, prompt: D, depends_on: [c] }`;
  const start = (rest: string) =>
    startMoving(
      env,
      yamlPlan(`limits: { max_parallel: 2 }\ntasks:\n  - { id: long, prompt: Write., priority: critical }${rest}`),
      40,
    );

  it.each([
    { what: 'stays', rest: '', calls: 13 },
    { what: 'goes on as new, too', rest: others, calls: 17 },
  ])('goes on as new between two turns, and its run, which $what, goes on with it', async ({ what, rest, calls }) => {
    env.model.setScript({ rules: [writes(12), quick] });
    const before = env.model.requests.length;
    const run = await start(rest);
    await until('the task has moved', async () => (await executionsOf(run, 'long')) > 1);
    await run.pause({ by: 'ann', reason: 'lunch' });
    await until('the run stands', async () =>
      (await env.story(run.id)).some((event) => event.type === 'run:paused' && event.state === 'paused'),
    );
    await run.resume({ by: 'ann' });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', tasks: { long: { output: 'written', turns: 13 } } });
    expect(await executionsOf(run, 'long')).toBeGreaterThan(2);
    if (what !== 'stays') expect(await run.executions()).toBeGreaterThan(1);
    expect(env.model.requests.length - before).toBe(calls);
    expect(await violations(env, run.runKey, [])).toEqual([]);
    await run.close();
  });

  it('hears of a cancel also after that', async () => {
    env.model.setScript({ rules: [writes(1000)] });
    const run = await start('');
    await until('the task has moved', async () => (await executionsOf(run, 'long')) > 1);
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled', tasks: { long: { status: 'cancelled' } } });
    await run.close();
  });
});
