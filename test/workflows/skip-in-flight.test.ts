import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { agent } from '../support/plan/builders.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

describe.each([{ mode: 'child' }, { mode: 'inline' }])('a task that a person gives up, tasks $mode', ({ mode }) => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ settings: { unsandboxedShell: true } });
    const tool = (name: string, input: object) => () => ({ tools: [{ name, input: { ...input } }] });
    env.model.setScript({
      rules: [
        { name: 'slow', when: (c) => c.prompt === 'Slow.', answer: () => ({ text: 'late', latencyMs: 60_000 }) },
        { name: 'tool', when: (c) => c.prompt === 'Tool.', answer: tool('bash', { command: 'sleep 605' }) },
        {
          name: 'blocked',
          when: (c) => c.prompt === 'Blocked.',
          answer: tool('report_blocker', { what: 'no key', needs: 'the key' }),
        },
        { name: 'bad', when: (c) => c.prompt === 'Bad.', answer: () => ({ fault: { kind: 'refusal' } }) },
        { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
      ],
    });
  });
  afterAll(() => env.close());

  const told = (run: Run, type: string) =>
    until(`${type} is told`, async () =>
      (await env.story(run.id)).some((event) => event.type === type && !('taskId' in event && event.taskId === 'ok')),
    );
  const start = async (name: string, tasks: string) => {
    const workspace = join(env.workspace, `${mode}-${name}`);
    mkdirSync(workspace);
    const plan = yamlPlan(`limits: { tasks: ${mode} }\n${tasks}`, { workspace, agents: [agent({ tools: ['bash'] })] });
    return { plan, run: await env.start(plan) };
  };

  it.each([
    ['in a call', 'prompt: Slow.', 'agent:invoke'],
    ['in a tool', 'prompt: Tool.', 'tool:call'],
    ['blocked', 'prompt: Blocked.', 'run:waiting'],
    ['between attempts', 'prompt: Bad., retry: { max_attempts: 2, backoff: 60s }', 'task:error'],
    ['before its approval', 'prompt: Late., approval: before', 'run:waiting'],
    ['after its work', 'prompt: Late., approval: after', 'run:waiting'],
  ])('%s, ends as skipped, and what needs it with it', async (name, keys, type) => {
    const tasks = `tasks:
  - { id: ok, prompt: Quick. }
  - { id: given-up, ${keys} }
  - { id: needs-it, depends_on: [given-up], prompt: Quick. }
`;
    const { plan, run } = await start(name.replaceAll(' ', '-'), tasks);
    await told(run, type);
    await run.skip({ task: 'given-up', by: 'ann', reason: 'no need' });
    const result = await run.result();
    expect(result).toMatchObject({
      status: 'partial',
      tasks: {
        ok: { status: 'succeeded' },
        'given-up': { status: 'skipped', error: 'skipped by ann: no need' },
        'needs-it': { status: 'skipped' },
      },
    });
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });

  it('alone in its run and paused, does not keep the run from going on', async () => {
    const { plan, run } = await start('paused', 'tasks: [{ id: one, prompt: Slow. }]');
    await told(run, 'agent:invoke');
    await run.pause({ by: 'ann' });
    await run.skip({ task: 'one', by: 'ann' });
    await run.resume({ by: 'ann' }).catch(() => undefined);
    expect(await run.result()).toMatchObject({ tasks: { one: { status: 'skipped' } } });
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });

  it('takes what needs all of its items with it, also when some of them are done', async () => {
    const items = `{ items: [Quick., Slow., Slow.], size: 2 }`;
    const tasks = `tasks:
  - { id: each, for_each: ${items}, prompt: "\${{ item }}" }
  - { id: needs-all, depends_on: [each], prompt: Quick. }
`;
    const { plan, run } = await start('items', tasks);
    await told(run, 'task:complete');
    await run.skip({ task: 'each', by: 'ann' });
    expect(await run.result()).toMatchObject({
      status: 'partial',
      tasks: {
        'each[0]': { status: 'succeeded' },
        'each[2]': { status: 'skipped' },
        'needs-all': { status: 'skipped' },
      },
    });
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });
});
