import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolRule } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';

const approval = { ...planDefaults.approval, by: [] };
const rule = (action: ToolRule['action'], tool: string, match: string | null): ToolRule => ({
  ...{ action, tool, match, approval, agents: [] },
});

describe('gates of tool calls', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ settings: { unsandboxedShell: true } });
  });
  afterAll(() => env.close());

  const calls = (tools: { name: string; input: Record<string, string> }[]) =>
    env.model.setScript({
      rules: [
        { name: 'calls', when: (c) => c.turn === 0, answer: () => ({ tools }) },
        { name: 'end', when: () => true, answer: (c) => ({ text: JSON.stringify(c.messages.at(-1)) }) },
      ],
    });
  const withPolicy = (policy: ToolRule[]) =>
    plan({
      policy,
      workspace: env.workspace,
      agents: { worker: agent({ tools: ['issue', 'bash', 'filesystem'] }) },
      tasks: [task()],
    });

  it('keeps a forbidden call from running and tells the model', async () => {
    calls([
      { name: 'bash', input: { command: 'touch "forbid"den' } },
      { name: 'issue', input: { action: 'create', title: 'also forbidden' } },
      { name: 'bash', input: { command: 'touch allowed' } },
      { name: 'bash', input: { command: 'touch allowed; touch forbidden' } },
    ]);
    const forbidding = withPolicy([rule('deny', 'bash', 'bash touch forbid*'), rule('deny', 'issue', 'issue create*')]);
    const own = [{ ...rule('deny', 'bash', null), unless: ['touch *'] }];
    const result = await env.run({
      ...forbidding,
      agents: { worker: { ...forbidding.agents['worker']!, rules: own } },
    });
    expect(result.status).toBe('succeeded');
    expect(result.tasks['one']).toMatchObject({ status: 'succeeded', refusedCalls: 3 });
    expect(result.summary.refusedCalls).toBe(3);
    expect(existsSync(join(env.workspace, 'forbidden'))).toBe(false);
    expect(existsSync(join(env.workspace, 'allowed'))).toBe(true);
    expect(result.tasks['one']?.output.match(/policy of this run forbids/g)).toHaveLength(3);
    expect((await env.story(result.runId)).filter((event) => event.type === 'issue:created')).toEqual([]);
  });

  it('runs an approved call as it was changed, and a quick one that somebody had to approve', async () => {
    calls([
      { name: 'bash', input: { command: 'echo first > asked' } },
      { name: 'issue', input: { action: 'create', title: 'approved' } },
    ]);
    const run = await env.start(withPolicy([rule('ask', '*', null)]));
    const waiting = async () => (await env.story(run.id)).filter((event) => event.type === 'approval:requested');
    await until('both are asked for', async () => (await waiting()).length === 2);
    for (const { approvalId: id, detail, what } of await waiting()) {
      if (what.startsWith('bash')) expect(detail).toBe('echo first > asked');
      const edit = what.startsWith('bash') ? { edit: { command: 'echo second > asked' } } : {};
      await run.approve({ id, by: 'ann', ...edit });
    }
    const result = await run.result();
    expect(readFileSync(join(env.workspace, 'asked'), 'utf8')).toBe('second\n');
    expect(result.tasks['one']?.output).toContain('Changed before it was approved');
    expect((await env.story(run.id)).filter((event) => event.type === 'issue:created')).toHaveLength(1);
  });

  it('forbids a file by every name, when the call is judged and when it is opened, and shows people what is meant', async () => {
    mkdirSync(join(env.workspace, 'vault'), { recursive: true });
    writeFileSync(join(env.workspace, 'vault/key'), 'TREASURE');
    symlinkSync('vault', join(env.workspace, 'door'));
    const names = ['vault//key', 'x/../vault/key', 'vault\\key', `${env.workspace}/vault/key`, 'door/key'];
    calls([
      ...names.map((path) => ({ name: 'filesystem', input: { action: 'read', path } })),
      { name: 'filesystem', input: { action: 'search', text: 'TREASURE' } },
      { name: 'filesystem', input: { action: 'write', path: 'door/new', content: 'x' } },
    ]);
    const policy = [rule('deny', 'filesystem', 'read vault/*'), rule('ask', 'filesystem', 'write vault/*')];
    const run = await env.start(withPolicy(policy));
    const waiting = async () => (await env.story(run.id)).filter((event) => event.type === 'approval:requested');
    await until('the write is asked for', async () => (await waiting()).length === 1);
    const { approvalId: id, what, detail } = (await waiting())[0]!;
    expect(what).toContain('filesystem write vault/new');
    expect(detail).toContain('"path": "vault/new"');
    await run.approve({ id, by: 'ann' });
    const { status, tasks } = await run.result();
    expect(status).toBe('succeeded');
    expect(tasks['one']?.output.match(/policy of this run forbids/g)).toHaveLength(names.length);
    expect(tasks['one']?.output).not.toContain(': TREASURE');
    expect(tasks['one']?.output).toContain('left out, as the policy of this run says: 1');
    expect(readFileSync(join(env.workspace, 'vault/new'), 'utf8')).toBe('x');
  });

  it('lets an agent give work to those that its author listed, and to nobody else', async () => {
    const ask = (profile: string) => ({
      name: 'plan_tasks',
      input: { tasks: [{ id: profile, profile, prompt: `Be ${profile}.` }] },
    });
    const split = (c: { prompt: string; turn: number }, turn: number) =>
      c.prompt === 'Give it away.' && c.turn === turn;
    env.model.setScript({
      rules: [
        { name: 'to root', when: (c) => split(c, 0), answer: () => ({ tools: [ask('root')] }) },
        { name: 'to helper', when: (c) => split(c, 1), answer: () => ({ tools: [ask('helper')] }) },
        { name: 'end', when: () => true, answer: (c) => ({ text: `done: ${c.prompt}` }) },
      ],
    });
    const agents = {
      worker: agent(),
      helper: agent({ name: 'helper' }),
      root: agent({ name: 'root', tools: ['bash'], description: 'can do all' }),
    };
    const tasks = [task({ prompt: 'Give it away.', decompose: true })];
    const result = await env.run(plan({ agents, delegates: ['helper'], tasks }));
    expect(Object.keys(result.tasks).toSorted()).toEqual(['helper', 'one']);
    const added = (await env.story(result.runId)).filter((event) => event.type === 'tool:result');
    expect(added.map((event) => event.success)).toEqual([false, true]);
    const [first] = env.model.requests.filter(({ body }) => JSON.stringify(body).includes('Give it away.'));
    expect(JSON.stringify(first?.body)).not.toContain('can do all');
  });

  it('adds the tasks of an agent that splits its work, and names the agents to choose from', async () => {
    const tasks = [
      { id: 'left', profile: 'worker', prompt: 'Do left.' },
      { id: 'right', profile: 'worker', prompt: 'Do right.', depends_on: ['left'] },
    ];
    env.model.setScript({
      rules: [
        {
          name: 'split wrong',
          when: (c) => c.prompt === 'Split it.' && c.turn === 0,
          answer: () => ({ tools: [{ name: 'plan_tasks', input: { tasks: [{ ...tasks[1]!, id: 'alone' }] } }] }),
        },
        {
          name: 'split',
          when: (c) => c.prompt === 'Split it.' && c.turn === 1,
          answer: () => ({ tools: [{ name: 'plan_tasks', input: { tasks } }] }),
        },
        { name: 'end', when: () => true, answer: (c) => ({ text: `done: ${c.prompt}` }) },
      ],
    });
    const result = await env.run(plan({ tasks: [task({ prompt: 'Split it.', decompose: true })] }));
    expect(result.status).toBe('succeeded');
    expect(result.summary.successfulTasks).toBe(3);
    const [first] = env.model.requests.filter(({ body }) => JSON.stringify(body).includes('Split it.'));
    expect(JSON.stringify(first?.body)).toContain('- worker: does things');
    const added = (await env.story(result.runId)).filter((event) => event.type === 'tool:result');
    expect(added.map((event) => event.success)).toEqual([false, true]);
  });
});
