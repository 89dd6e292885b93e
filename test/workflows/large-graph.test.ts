import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/domain/run/run-events.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { violations } from '../support/invariants/invariants.ts';
import { startMoving } from '../support/run/moving-run.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// Every task takes two turns with a tool between them, slow enough that runs move in the middle of tasks.
const steps = {
  name: 'steps',
  when: () => true,
  answer: ({ prompt, turn }: ScriptedConversation) =>
    turn === 0
      ? { text: 'first', latencyMs: 60, tools: [{ name: 'issue', input: { action: 'list' } }] }
      : { text: `did: ${prompt}`, latencyMs: 60 },
};

const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Chains of three over eight columns, a fan-out, a loop, an approval before, one after, and tasks that share a conversation. */
const text = `
checkpoint_every: 10
tasks:
${ids(8)
  .map(
    (n) => `
  - { id: a${n}, prompt: A${n} }
  - { id: b${n}, prompt: B${n}, depends_on: [a${n}], context_name: ${n < 4 ? 'shared' : `b${n}`} }
  - { id: c${n}, prompt: C${n}, depends_on: [b${n}, b${(n + 1) % 8}] }`,
  )
  .join('')}
  - { id: ship, prompt: Ship., depends_on: [a0], approval: { at: before, by: [maintainer] } }
  - { id: look, prompt: Look., depends_on: [a1], approval: { at: after } }
  - { id: each, for_each: "\${{ ['x', 'y', 'z', 'v', 'w'] }}", prompt: "Each \${{ item }}", depends_on: [a2] }
  - { id: loop, prompt: "Loop \${{ task.iteration }}", repeat: { until: "\${{ task.iteration >= 3 }}", max: 5 } }
  - { id: last, prompt: Last., depends_on: [ship, look, each, loop, c0, c1, c2, c3, c4, c5, c6, c7] }
`;

function typesOf(story: readonly RunEvent[], type: RunEvent['type']): number {
  return story.filter((event) => event.type === type).length;
}

describe.each([{ mode: 'inline' }, { mode: 'child' }])('a run with a long history, tasks $mode', ({ mode }) => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [steps] } });
  });
  afterAll(() => env.close());
  const plan = () => yamlPlan(`limits: { tasks: ${mode}, max_parallel: 6 }\n${text}`);

  it('goes on as new, again and again, and loses, repeats and tells nothing twice', async () => {
    const run = await startMoving(env, plan(), 50);
    await until('ship is asked about', async () => typesOf(await env.story(run.id), 'approval:requested') > 0);
    await run.pause({ by: 'ann', reason: 'lunch' });
    await until('the run stands', async () =>
      (await env.story(run.id)).some((event) => event.type === 'run:paused' && event.state === 'paused'),
    );
    await run.send({ to: 'shared', text: 'Be quick.', from: 'ann' });
    await run.resume({ by: 'ann' });
    await until('look is asked about', async () => typesOf(await env.story(run.id), 'approval:requested') > 1);
    await until('most has ended', async () => typesOf(await env.story(run.id), 'task:complete') > 25);
    await run.approve({ id: 'before/ship', by: 'ann', role: 'maintainer' });
    await run.approve({ id: 'after/look~1', by: 'bob' });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', summary: { totalTasks: 35, successfulTasks: 35 } });
    expect(result.tasks['loop#3']).toMatchObject({ output: 'did: Loop 3' });
    await until('Temporal lists what is over', async () => (await run.executions()) > 3);
    expect(await run.carriedBytes()).toBeLessThan(60_000);
    const story = await env.story(run.id);
    expect(typesOf(story, 'task:complete')).toBe(35);
    expect(typesOf(story, 'approval:requested')).toBe(2);
    expect(typesOf(story, 'workflow:start')).toBe(1);
    expect(await violations(env, run.runKey, [])).toEqual([]);
    await run.close();
  });
});

describe('a run that went on as new', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());
  const slow = { ...steps, answer: () => ({ text: 'slow', latencyMs: 30_000 }) };
  const quick = { ...steps, when: ({ prompt }: ScriptedConversation) => prompt.startsWith('Quick') };
  const quickOnes = ids(20)
    .map((n) => `  - { id: q${n}, prompt: Quick${n} }\n`)
    .join('');

  it('reaches a child with a cancel that an earlier execution started', async () => {
    env.model.setScript({ rules: [quick, slow] });
    const plan = yamlPlan(
      `limits: { max_parallel: 3 }\ntasks:\n  - { id: slow, prompt: Slow., priority: critical }\n${quickOnes}`,
    );
    const run = await startMoving(env, plan, 60);
    await until('it has moved', async () => (await run.executions()) > 2);
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled', tasks: { slow: { status: 'cancelled' } } });
    await until('its request is aborted', () => env.model.requests.every(({ outcome }) => outcome !== 'pending'));
    await run.close();
  });

  it('finds a child that died without a word', async () => {
    env.model.setScript({ rules: [quick, slow] });
    const plan = yamlPlan(
      `limits: { max_parallel: 3 }\ntasks:\n  - { id: slow, prompt: Slow., priority: critical }\n${quickOnes}`,
    );
    const run = await startMoving(env, plan, 60);
    await until('it has moved', async () => (await run.executions()) > 1);
    await run.terminateTask('slow');
    const result = await run.result();
    expect(result).toMatchObject({ status: 'partial', summary: { successfulTasks: 20, failedTasks: 1 } });
    expect(result.tasks['slow']!.error).toContain('terminated');
    await run.close();
  });

  it('can be cancelled while an agent of its own waits for somebody', async () => {
    env.model.setScript({ rules: [quick] });
    const plan = yamlPlan(
      `limits: { tasks: inline, max_parallel: 3 }\ntasks:\n  - { id: ask, prompt: Quick., approval: before }\n${quickOnes}`,
    );
    const run = await startMoving(env, plan, 60);
    await until('the quick ones ended', async () => typesOf(await env.story(run.id), 'task:complete') === 20);
    expect(await run.executions()).toBeGreaterThan(1);
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled', summary: { successfulTasks: 20 } });
    await run.close();
  });
});
