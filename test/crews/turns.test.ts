import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputPage } from '../../src/cli/mcp/output-page.ts';
import { watchRun } from '../../src/cli/mcp/watch-run.ts';
import { runPriorities } from '../../src/domain/run-priority.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { TaskWork } from '../../src/domain/plan/task-work.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { startMoving } from '../support/run/moving-run.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const each = 10;
const plan = (prompt: string): Plan => yamlPlan(`tasks:\n  - { id: a, prompt: "${prompt}" }\n`);

describe('whose turn it is', () => {
  let env: RunEnv;
  let client: Client;
  const asked: string[] = [];
  const echo = (prompt: string) => {
    asked.push(prompt);
    return { text: prompt };
  };
  const pending = async (id: string): Promise<number> => {
    const described = await client.workflow
      .getHandle(id)
      .describe()
      .catch(() => null);
    return described?.raw.pendingActivities?.length ?? 0;
  };
  const waits = async (id: string): Promise<boolean> => (await pending(id)) > 0;
  beforeAll(async () => {
    const stall = { kind: 'stall', afterEvents: 0 } as const;
    env = await openRunEnv({
      script: {
        rules: [
          { name: 'holds the place', when: (c) => c.prompt === 'hold', answer: () => ({ fault: stall }) },
          { name: 'echo', when: () => true, answer: (c) => echo(c.prompt) },
        ],
      },
      settings: { tuning: { activities: 1 } },
    });
    client = await env.client.temporalClient();
  });
  afterAll(() => env.close());

  it('ORCH-016 priority: of 40 tasks that wait for one place those of urgent runs get it first, then high, normal and low', async () => {
    const hold = await env.start(plan('hold'), { runId: 'hold' });
    await until('the place is taken', () => env.model.requests.length > 0);
    const tasks = Array.from({ length: each }, (_, index) => index);
    const runs = await Promise.all(
      runPriorities.map((priority) => {
        const text = tasks.map((index) => `  - { id: t${index}, prompt: "${priority} ${index}" }`).join('\n');
        const many = yamlPlan(`limits: { max_parallel: ${each} }\ntasks:\n${text}\n`);
        return env.client.start({ plan: { ...many, workspace: env.workspace }, id: `turn-${priority}`, priority });
      }),
    );
    const ids = runs.flatMap(({ id }) => tasks.map((index) => `${id}/t${index}`));
    await until('all of them wait', async () => (await Promise.all(ids.map(waits))).every(Boolean));
    expect(asked).toEqual([]);
    await hold.cancel();
    await Promise.all(runs.map((run) => run.result()));
    const levels = asked.map((prompt) => prompt.split(' ')[0]);
    expect(levels).toEqual(runPriorities.toReversed().flatMap((level) => Array<string>(each).fill(level)));
    // Steps that a run's answers wait for stand behind nobody's calls.
    const { events } = await client.workflow.getHandle('turn-low').fetchHistory();
    const steps = events!.flatMap(({ activityTaskScheduledEventAttributes: step }) => step ?? []);
    const finish = steps.find(({ activityType }) => activityType?.name === 'finishRun');
    expect(finish!.priority).toMatchObject({ priorityKey: 1 });
  });

  it('ORCH-016 priority: tasks that wait for a place, or for one of max_parallel, are served by the priority that they are given meanwhile', async () => {
    asked.length = 0;
    const count = env.model.requests.length;
    const hold = await env.start(plan('hold'), { runId: 'hold-2' });

    await until('the place is taken', () => env.model.requests.length > count);
    const other = await env.start(plan('other'), { runId: 'other' });
    await until('the other run waits', () => waits('other/a'));
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const text = ids.map((id) => `  - { id: ${id}, prompt: "${id}" }`).join('\n');
    const run = await env.client.start({
      plan: { ...yamlPlan(`limits: { max_parallel: 3 }\ntasks:\n${text}\n`), workspace: env.workspace },
      id: 'changed',
    });
    await until('what can wait at the worker waits', async () =>
      (await Promise.all(['changed/a', 'changed/b', 'changed/c'].map(waits))).every(Boolean),
    );
    await run.setPriority({ priority: 'high', by: 'ann' });
    await run.setPriority({ task: 'c', priority: 'urgent', by: 'ann' });
    await run.setPriority({ task: 'f', priority: 'urgent', by: 'ann' });
    await expect(run.setPriority({ task: 'g', priority: 'low' })).rejects.toThrow(/no task g; there are a, b/);
    await expect(run.setPriority({ priority: 'best' as 'low' })).rejects.toThrow(
      /low, normal, high, urgent, not "best"/,
    );
    const { priority, tasks } = await run.view();
    expect([priority, tasks['c']?.priority, tasks['a']?.priority]).toEqual(['high', 'urgent', undefined]);
    expect(asked).toEqual([]);
    await hold.cancel();
    await Promise.all([run.result(), other.result()]);
    expect(asked[0]).toBe('c');
    expect(asked.indexOf('f')).toBeLessThan(asked.indexOf('d'));
    expect(asked.indexOf('other')).toBeGreaterThan(Math.max(asked.indexOf('a'), asked.indexOf('b')));
    await expect(run.setPriority({ priority: 'low' })).rejects.toThrow(/ended/);
  });

  it.each(['child', 'inline'] as const)(
    'a run that goes on as new serves what waits in it by the priorities that it was given before, tasks that are %s and runs in it',
    async (tasks) => {
      asked.length = 0;
      const each = ['inner', 'high', 'urgent'].map((id) => `  - { id: ${id}, prompt: "${id}", approval: before }`);
      const around = yamlPlan(`limits: { tasks: ${tasks} }\ntasks:\n${each.join('\n')}\n`);
      const work: TaskWork = {
        ...{ kind: 'workflow', plan: 'inner', name: 'inner.yaml', folder: '', canUndo: true, input: {}, holes: [] },
        inherits: ['usd', 'timeoutMs', 'onExceeded'],
      };
      const nested = { agent: 'workflow:inner.yaml', work };
      const run = await startMoving(
        env,
        {
          ...around,
          tasks: around.tasks.map((one) => (one.id === 'inner' ? { ...one, ...nested } : one)),
          workflows: { inner: plan('low') },
        },
        80,
      );
      const asks = async () => (await run.view()).waiting.flatMap(({ id }) => id ?? []);
      await until('it asks for all of them', async () => (await asks()).length === 3);
      await run.setPriority({ task: 'urgent', priority: 'urgent' });
      await run.setPriority({ task: 'inner', priority: 'low' });
      await until('it has gone on as new', async () => {
        await run.setPriority({ priority: 'high' });
        return (await run.executions()) > 1;
      });
      const count = env.model.requests.length;
      const hold = await env.start(plan('hold'), { runId: `hold-${tasks}` });
      await until('the place is taken', () => env.model.requests.length > count);
      for (const id of await asks()) await run.approve({ id, by: 'ann' });
      const places = tasks === 'child' ? [`${run.id}/high`, `${run.id}/urgent`] : [run.id];
      const steps = async () => {
        const all = await Promise.all([...places, `${run.id}.inner/a`].map(pending));
        return all.reduce((sum, one) => sum + one, 0);
      };
      await until('all of them wait', async () => (await steps()) === 3);
      expect(asked).toEqual([]);
      await hold.cancel();
      expect((await run.result()).status).toBe('succeeded');
      expect(asked).toEqual(['urgent', 'high', 'low']);
      await run.close();
    },
  );

  it('ORCH-018 scheduling: a run with its time before it is queued, can be taken back, and begins when its time has come', async () => {
    const hour = 60 * 60_000;
    const later = new Date(Date.now() + hour);
    const run = await env.client.start({ plan: plan('later'), id: 'later', at: later, priority: 'urgent' });
    const queued = async () => (await env.client.list({ status: 'queued' })).filter(({ runId }) => runId === 'later');
    await until('it is listed', async () => (await queued()).length > 0);
    const [entry] = await queued();
    expect(entry).toMatchObject({ status: 'queued', priority: 'urgent' });
    expect(Math.abs(Date.parse(entry!.startsAt!) - later.getTime())).toBeLessThan(60_000);
    // Temporal would begin it, there and then.
    for (const ask of [() => run.setPriority({ priority: 'low' }), () => run.pause(), () => run.waiting()])
      await expect(ask()).rejects.toThrow(/is queued: it starts at/);
    const { startsAt } = entry!;
    const times = { startsAt, startedAt: startsAt, summary: { totalDuration: 0 } };
    expect(await run.view()).toMatchObject({ status: 'queued', priority: 'urgent', ...times });
    await expect(env.client.waiting('later')).rejects.toThrow(/is queued: it starts at/);
    expect(await run.state()).toMatchObject({ status: 'queued', lastSeq: 0 });
    await expect(outputPage(run, { task: undefined, from: 0 })).rejects.toThrow(/is queued: it starts at/);
    const watched = await watchRun(run, { after: 3, waitMs: 0, signal: new AbortController().signal });
    expect(watched).toMatchObject({ status: 'queued', after: 0, ended: false, events: [] });
    const kept = async () => (await env.store.sql.query(`select 1 from kept_plans where name = 'run/later'`)).rowCount;
    expect(await kept()).toBe(1);
    await run.cancel();
    expect(await kept()).toBe(0);
    await until('it is gone', async () => (await queued()).length === 0);
    expect(asked).not.toContain('later');

    const soon = new Date(Date.now() + 1500);
    const next = await env.client.start({
      plan: { ...plan('soon'), workspace: env.workspace },
      at: soon.toISOString(),
    });
    expect((await next.result()).status).toBe('succeeded');
    expect((await next.result({ timeoutMs: 0 })).status).toBe('succeeded');
    const [first] = await env.story(next.id);
    expect(Date.parse(first!.at)).toBeGreaterThanOrEqual(soon.getTime() - 100);
    await expect(env.client.start({ plan: plan('x'), at: '2020-01-01T00:00:00Z' })).rejects.toThrow(/has passed/);
    await expect(env.client.start({ plan: plan('x'), at: '18:00' })).rejects.toThrow(/zone/);
  });
});
