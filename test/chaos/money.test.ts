import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// One answer costs about $0.006, and the worst case of the next one is about as much.
const dear = { usage: { outputTokens: 1000 } };

describe('money', () => {
  const stage = openCrashStage();
  let env: RunEnv;
  beforeEach(() => {
    ({ env } = stage);
    env.model.setScript({ rules: [{ name: 'dear', when: () => true, answer: (c) => ({ text: c.prompt, ...dear }) }] });
  });

  const start = (name: string, limits: string, rest = '') =>
    env.start(yamlPlan(`limits: { ${limits} }\n${rest || chain(4)}`), { runId: `money-${name}` });
  const status = async ({ id: runId }: Run) => (await env.store.runs.find(runId))?.status;

  it('waits where it is exhausted, also over a kill, and goes on with a higher limit', async () => {
    const handle = await start('pause', 'usd: 0.02, on_exceeded: pause');
    await until('it waits', async () => (await status(handle)) === 'waiting');
    const before = callsOf(handle).length;
    const kill = await stage.crash(handle.runKey);
    await handle.setLimits({ usd: 0.021, by: 'ann' });
    await until(
      'it waits again',
      async () => (await env.story(handle.id)).filter((event) => event.type === 'task:waiting').length > 1,
    );
    expect(callsOf(handle)).toHaveLength(before);
    await handle.setLimits({ usd: 1, by: 'ann' });
    expect(await handle.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 4 } });
    expect(callsOf(handle)).toHaveLength(4);
    expect(await violations(env, handle.runKey, [kill])).toEqual([]);
  });

  it('is exact under retries, and below every limit', async () => {
    let calls = 0;
    env.model.setScript({
      rules: [
        {
          name: 'flaky',
          when: () => true,
          answer: (c) => (++calls % 3 === 1 ? { fault: { kind: 'http', status: 529 } } : { text: c.prompt, ...dear }),
        },
      ],
    });
    const limits = 'usd: 1, per_task: { usd: 0.5 }, per_agent: { worker: { usd: 0.8 } }';
    const handle = await start('nested', limits);
    expect(await handle.result()).toMatchObject({ status: 'succeeded' });
    expect(await violations(env, handle.runKey, [])).toEqual([]);
    const { rows } = await env.store.sql.query<{ scope: string; spent: number }>(
      'select l.scope, l.spent_nano as spent from ledger l join runs r on r.no = l.run_no where r.run_key = $1 order by 1',
      [handle.runKey],
    );
    expect(rows.map(({ scope }) => scope)).toEqual(['agent/worker', 'task/t0', 'task/t1', 'task/t2', 'task/t3']);
    const [agent, ...tasks] = rows.map(({ spent }) => spent);
    expect(tasks.reduce((sum, spent) => sum + spent, 0)).toBe(agent);
  });

  it('stops at the narrowest limit, and says which', async () => {
    const handle = await start('narrow', 'usd: 1, per_agent: { worker: { usd: 0.02 } }');
    const result = await handle.result();
    expect(result).toMatchObject({ status: 'stopped', reason: expect.stringMatching(/BudgetExceeded: agent worker/) });
    expect(result.summary.costUsd).toBeLessThanOrEqual(0.02);
    expect(await violations(env, handle.runKey, [])).toEqual([]);
  });

  it('that is held back by a call whose worker was killed is given back, and whoever waited for it gets his turn', async () => {
    env.model.setScript({
      rules: [{ name: 'slow', when: () => true, answer: () => ({ text: 'done', latencyMs: 400 }) }],
    });
    const tasks = Array.from({ length: 6 }, (_, n) => `  - { id: t${n}, prompt: "Task ${n}" }`).join('\n');
    const handle = await start('queue', 'usd: 0.016', `tasks:\n${tasks}\n`);
    const waiting = async () => (await env.store.sql.query('select 1 from waiting_calls')).rows.length;
    await until('some wait', async () => (await waiting()) >= 3);
    const kill = await stage.crash(handle.runKey);
    expect(await handle.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 6 } });
    expect(await waiting()).toBe(0);
    expect(await violations(env, handle.runKey, [kill])).toEqual([]);
  });

  it('is not spent faster than allowed, and goes on by itself', async () => {
    const tasks = `tasks:
  - { id: t0, prompt: Do 0. }
  - { id: t1, prompt: Do 1., depends_on: [t0], approval: before }
`;
    const handle = await start('speed', 'usd: 1, usd_per_minute: 0.01, on_exceeded: pause', tasks);
    await until('it waits', async () => (await status(handle)) === 'waiting');
    // Most of a minute passes for the ledger.
    const { sql } = env.store;
    const paid = await sql.query<{ id: string }>(
      `update messages set created_at = created_at - interval '55 seconds' where run_no = (select no from runs where run_key = $1) returning id`,
      [handle.runKey],
    );
    await handle.approve({ id: 'before/t1', by: 'ann' });
    await until('the speed is exceeded', async () =>
      (await env.story(handle.id)).some((event) => event.type === 'budget:exceeded'),
    );
    expect(callsOf(handle)).toHaveLength(1);
    expect(await handle.result()).toMatchObject({ status: 'succeeded' });
    // Back again, so that the checker sees when things really were.
    await sql.query(`update messages set created_at = created_at + interval '55 seconds' where id = any($1)`, [
      paid.rows.map(({ id }) => id),
    ]);
    expect(await violations(env, handle.runKey, [])).toEqual([]);
  });

  it('a run that Temporal terminated is undone once by a rollback', async () => {
    const workspace = join(env.workspace, 'rollback');
    mkdirSync(workspace);
    env.model.setScript({
      rules: [
        { name: 'slow', when: (c) => c.prompt === 'Slow.', answer: () => ({ text: 'late', latencyMs: 30_000 }) },
        { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
      ],
    });
    const undo = (id: string) => `compensate: { bash: "echo ${id} $GAFFER_TASK_ENDED >> undone" }`;
    const plan = yamlPlan(
      `tasks:\n  - { id: a, prompt: A., ${undo('a')} }\n  - { id: b, prompt: B., depends_on: [a], ${undo('b')} }\n  - { id: c, prompt: Slow., depends_on: [b], ${undo('c')} }\n`,
      { workspace },
    );
    const handle = await env.start(plan, { runId: 'rollback' });
    await until('c is in a call', () => callsOf(handle).length === 3);
    const connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
    const client = new Client({ connection });
    await client.workflow.getHandle(handle.id).terminate('a test');
    const roll = (number: number) =>
      client.workflow.execute('rollback', {
        workflowId: `${handle.id}-rollback-${number}`,
        taskQueue: env.settings.taskQueue,
        args: [{ runKey: handle.runKey }],
      });
    await roll(1).catch(() => undefined);
    const marks = () => readFileSync(join(workspace, 'undone'), 'utf8').trim().split('\n');
    expect(marks()).toEqual(['c false', 'b true', 'a true']);
    await roll(2).catch(() => undefined);
    expect(marks()).toHaveLength(3);
    expect((await env.store.runs.find(handle.id))?.result).toMatchObject({
      status: 'cancelled',
      compensations: [{ taskId: 'c' }, { taskId: 'b' }, { taskId: 'a' }],
    });
    await connection.close();
  });

  function chain(length: number): string {
    const tasks = Array.from(
      { length },
      (_, index) => `  - { id: t${index}, prompt: "Do ${index}."${index > 0 ? `, depends_on: [t${index - 1}]` : ''} }`,
    );
    return `tasks:\n${tasks.join('\n')}\n`;
  }

  function callsOf({ runKey }: Run) {
    return env.model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`));
  }
});
