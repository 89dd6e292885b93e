import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { ApproveInput } from '../../src/contracts/control.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ToolRule } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';

const rule = (action: ToolRule['action'], match: string, by: string[] = []): ToolRule => ({
  ...{ action, tool: '*', match, approval: { ...planDefaults.approval, by }, agents: [] },
});
const policy = [
  { ...rule('ask', '*deploy twice*'), approval: { ...planDefaults.approval, by: [], needed: 2 } },
  rule('ask', '*deploy prod*', ['cto']),
  rule('deny', '*rm *'),
  rule('ask', '*deploy*', ['dev']),
  rule('deny', 'create secret*'),
  rule('ask', 'create *', ['dev']),
];

describe('a call that is changed while it is approved', () => {
  let env: RunEnv;
  let connection: Connection;
  beforeAll(async () => {
    env = await openRunEnv({ settings: { unsandboxedShell: true } });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
  });

  const begin = (calls: { name: string; input: JsonObject }[]): Promise<Run> => {
    env.model.setScript({
      rules: [
        { name: 'call', when: (c) => c.turn < calls.length, answer: (c) => ({ tools: [calls[c.turn]!] }) },
        { name: 'end', when: () => true, answer: (c) => ({ text: JSON.stringify(c.messages) }) },
      ],
    });
    const agents = { worker: agent({ tools: ['issue', 'bash'] }) };
    return env.start(plan({ policy, workspace: env.workspace, agents, tasks: [task()] }));
  };
  const asked = async (run: Run, count: number): Promise<{ id: string; by: string[] }> => {
    const events = async () => (await env.story(run.id)).filter((event) => event.type === 'approval:requested');
    await until('it is asked for', async () => (await events()).length === count);
    const { approvalId: id, by } = (await events()).at(-1)!;
    return { id, by };
  };
  // As another client would, which looks at nothing beforehand.
  const approveUnchecked = async (run: Run, input: ApproveInput): Promise<void> => {
    const handle = new Client({ connection }).workflow.getHandle(run.id);
    await handle.executeUpdate('approve', { args: [input] });
  };
  const bash = (command: string) => ({ name: 'bash', input: { command } });
  const results = async (run: Run) => (await env.story(run.id)).filter((event) => event.type === 'tool:result');

  it('does not run when others would have to approve it; they are asked when the agent makes it', async () => {
    const prod = 'echo deploy prod >> prod.txt';
    const run = await begin([bash('echo deploy staging'), bash(prod)]);
    const first = await asked(run, 1);
    const approval = { decision: 'approve' as const, by: 'dan', role: 'dev', edit: { command: prod } };
    await approveUnchecked(run, { id: first.id, ...approval });
    const second = await asked(run, 2);
    expect([first.by, second.by]).toEqual([['dev'], ['cto']]);
    expect(existsSync(join(env.workspace, 'prod.txt'))).toBe(false);
    await run.approve({ id: second.id, by: 'carla', role: 'cto' });
    const result = await run.result();
    expect(result.tasks['one']?.output).toContain('the changed call needs the approval of cto');
    expect(readFileSync(join(env.workspace, 'prod.txt'), 'utf8')).toBe('deploy prod\n');
    expect((await results(run)).map((event) => event.success)).toEqual([false, true]);
  });

  it.each([
    { call: bash('echo deploy staging'), edit: { command: 'touch gone; rm nothing' } },
    {
      call: { name: 'issue', input: { action: 'create', title: 'open' } },
      edit: { action: 'create', title: 'secret' },
    },
  ])('does not run when the policy forbids it: $call.name', async ({ call, edit }) => {
    const run = await begin([call]);
    const { id } = await asked(run, 1);
    await approveUnchecked(run, { id, decision: 'approve', by: 'dan', role: 'dev', edit });
    const result = await run.result();
    expect(result.status).toBe('succeeded');
    expect(result.tasks['one']?.output).toContain('the policy of this run forbids the changed call');
    const [told] = await results(run);
    expect(told).toMatchObject({ success: false });
    expect(told?.preview).toMatch(/^Did not run.*forbids the changed call/);
    expect(existsSync(join(env.workspace, 'gone'))).toBe(false);
    expect((await env.story(run.id)).filter((event) => event.type === 'issue:created')).toEqual([]);
  });

  it.each(['echo deploy elsewhere > ran.txt', 'echo nothing > ran.txt'])(
    'runs as the policy lets it: %s',
    async (to) => {
      const run = await begin([bash('echo deploy staging > ran.txt')]);
      const { id } = await asked(run, 1);
      await run.approve({ id, by: 'dan', role: 'dev', edit: { command: to } });
      await run.result();
      expect(readFileSync(join(env.workspace, 'ran.txt'), 'utf8')).toBe(`${to.split(/echo | >/)[1]}\n`);
    },
  );

  it('is not approved by who saw what it was before, and told whole to who asks', async () => {
    const run = await begin([bash('echo deploy twice > ran.txt')]);
    const { id } = await asked(run, 1);
    const edit = { command: `echo deploy twice, changed > ran.txt #${' '.repeat(3000)}` };
    expect(await run.approve({ id, by: 'dan', edit, seen: 0 })).toEqual({ decided: false, missing: 1 });
    expect(await run.waiting()).toMatchObject([{ id, edits: 1, edit }]);
    const unseen = run.approve({ id, by: 'eve', seen: 0 });
    await expect(unseen).rejects.toThrow('changed by dan (changed 1 time): look at it');
    expect((await run.state()).waits.get(id)).toMatchObject({ edits: 1, approvedBy: ['dan'] });
    expect(await run.approve({ id, by: 'eve', seen: 1 })).toEqual({ decided: true, missing: 0 });
    await run.result();
    expect(readFileSync(join(env.workspace, 'ran.txt'), 'utf8')).toBe('deploy twice, changed\n');
  });

  it('is refused by our client beforehand, so that the call still waits', async () => {
    const run = await begin([bash('echo deploy staging > still.txt')]);
    const { id } = await asked(run, 1);
    const approval = { id, by: 'dan', role: 'dev' };
    const change = (command: string) => run.approve({ ...approval, edit: { command } });
    await expect(change('deploy prod')).rejects.toThrow('the changed call needs the approval of cto');
    await expect(change('rm x')).rejects.toThrow('the policy of this run forbids the changed call');
    const wrong = run.approve({ ...approval, edit: { cmd: 'deploy' } });
    await expect(wrong).rejects.toThrow('bash cannot take this');
    expect((await run.waiting()).map((one) => one.id)).toEqual([id]);
    await run.approve(approval);
    await run.result();
    expect(existsSync(join(env.workspace, 'still.txt'))).toBe(true);
  });
});
