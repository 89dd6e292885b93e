import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowFailedError } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { agent } from '../support/plan/builders.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const writes = {
  name: 'writes',
  when: (c: ScriptedConversation) => c.results.length === 0,
  answer: () => ({ tools: [{ name: 'filesystem', input: { action: 'write', path: 'mine.txt', content: 'x' } }] }),
};
const ends = {
  name: 'ends',
  when: () => true,
  answer: (c: ScriptedConversation) => ({ text: c.results.map(({ content }) => content).join() }),
};

describe('a worker that was started for some folders', () => {
  let env: RunEnv;
  let connection: Connection;
  let root: string;
  let mine: string;
  let others: string;
  let running: RunningWorker;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [writes, ends] }, withWorker: false });
    connection = await Connection.connect({ address: inject('temporalAddress') });
    root = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-folders-')));
    [mine, others] = [join(root, 'mine'), join(root, 'mine-too')];
    for (const folder of [mine, others]) mkdirSync(folder);
    symlinkSync(others, join(mine, 'link'));
    mkdirSync(join(mine, 'agents'));
    writeFileSync(
      join(mine, 'agents/worker.md'),
      '---\nname: worker\nmodel: haiku\ntools: filesystem\n---\nYou work.\n',
    );
    writeFileSync(join(mine, 'out.yaml'), 'workspace: ..\ntasks:\n  - { id: a, profile: worker, prompt: Go. }\n');
    await work(true);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true });
    await connection.close();
    await env.close();
  });

  const work = async (plansAnywhere: boolean): Promise<void> => {
    const places = { workspace: mine, workflowsDirs: [mine], agentsDirs: [join(mine, 'agents')] };
    running = await startWorker({ ...env.settings, ...places, folders: { within: [mine], plansAnywhere } });
  };
  const byHand = (input: unknown) =>
    new Client({ connection }).workflow
      .execute('orchestrate', {
        workflowId: `folders-${randomUUID()}`,
        taskQueue: env.settings.taskQueue,
        args: [input],
        workflowExecutionTimeout: '30 s',
      })
      .then(
        () => 'succeeded',
        (error: unknown) => ((error as WorkflowFailedError).cause as Error).message,
      );
  const tasks = (workspace?: string) => [
    { id: 'a', profile: 'worker', prompt: 'Go.', ...(workspace && { workspace }) },
  ];
  const plan = (workspace: string, policy = '') =>
    yamlPlan(`${policy}tasks:\n  - { id: a, prompt: Go. }\n`, {
      workspace,
      agents: [agent({ tools: ['filesystem'] })],
    });

  it('works there and below, and nowhere else, whoever starts a run at Temporal', async () => {
    const refused = /This worker was started for \S+\/mine, and .*--folder/;
    expect(await byHand({ definition: { tasks: tasks() } })).toBe('succeeded');
    expect(existsSync(join(mine, 'mine.txt'))).toBe(true);
    for (const workspace of [others, '../mine-too', '..', '/', 'link']) {
      expect(await byHand({ definition: { tasks: tasks() }, workspace }), workspace).toMatch(
        /This worker was started for/,
      );
    }
    expect(await byHand({ definition: { tasks: tasks(others) } })).toMatch(refused);
    expect(await byHand({ workflow: 'out' })).toMatch(refused);
    expect(existsSync(join(others, 'mine.txt'))).toBe(false);
  });

  it("takes a client's word for another one where the store is the home's own", async () => {
    expect(await env.run(plan(others))).toMatchObject({ status: 'succeeded' });
    expect(existsSync(join(others, 'mine.txt'))).toBe(true);
  });

  it("takes nobody's word elsewhere, also not for a run that lives already", async () => {
    const live = join(others, 'live');
    mkdirSync(live);
    const run = await env.start(plan(live, 'policy: [{ tool: filesystem, action: ask }]\n'));
    await until('it waits for an approval', async () => (await env.client.waiting()).length === 1);
    await running.stop();
    await work(false);
    await run.approve();
    expect((await run.result()).tasks['a']!.output).toMatch(/This worker was started for .*--folder/);
    expect(existsSync(join(live, 'mine.txt'))).toBe(false);
    await expect(env.run(plan(others))).rejects.toThrow(/This worker was started for .*\/mine-too if it may/s);
  });
});
