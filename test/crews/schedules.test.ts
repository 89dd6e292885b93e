import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { Script } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { spawnWorker } from '../support/run/worker-process.ts';

const example = fileURLToPath(new URL('../../examples/hourly-audit/', import.meta.url));
const { script } = (await import(join(example, 'script.mjs'))) as { script: Script };

describe('ORCH-018 scheduling: runs that the clock starts', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script, withWorker: false });
  });
  afterAll(() => env.close());

  it('each is compared with the one before; one that fires as its worker dies is done once', async () => {
    const { schedules } = env.client;
    const timing = { cron: '0 3 * * *', timeZone: 'Europe/Berlin', paused: true } as const;
    const options = { name: 'audit', file: join(example, 'workflow.yaml'), workspace: env.workspace, ...timing };
    const added = await schedules.add({ ...options, priority: 'high', jitterMs: 5000 });
    expect(added).toMatchObject({
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      paused: true,
      next: [],
      overlap: 'skip',
    });
    expect(added).toMatchObject({ priority: 'high', jitterMs: 5000, catchUpMs: 86_400_000, workflow: 'hourly-audit' });
    await expect(schedules.add(options)).rejects.toThrow(/already a schedule audit/);

    const first = await spawnWorker(env.settings);
    const one = await schedules.trigger('audit');
    const outputsOf = async (id: string) => (await (await env.client.find(id)).result()).outputs;
    expect(await outputsOf(one)).toEqual({ findings: [], news: null });
    writeFileSync(join(env.workspace, 'todo.md'), 'mend the roof');
    first.freeze();
    const two = await schedules.trigger('audit');
    await first.kill();
    const second = await spawnWorker(env.settings);
    expect(await outputsOf(two)).toEqual({ findings: ['todo.md'], news: 'New: todo.md. Gone: nothing.' });
    const compared = env.model.requests.filter((request) => JSON.stringify(request).includes(`An hour ago (${one}`));
    expect(compared).toHaveLength(1);
    const listed = await env.client.list();
    expect(listed.map(({ runId, schedule }) => [runId, schedule])).toEqual([
      [two, 'audit'],
      [one, 'audit'],
    ]);

    await schedules.resume('audit', 'the night shift is back');
    const [next] = (await schedules.find('audit')).next;
    expect(new Date(next!).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })).toMatch(/^03:00:0[0-5]$/);
    expect((await schedules.list()).map(({ name }) => name)).toContain('audit');
    await schedules.remove('audit');
    await expect(schedules.find('audit')).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
    expect(await env.client.list()).toHaveLength(2);
    await second.stop();
  });

  it('each trigger starts a run of its own, also several at once, in one second, from two places', async () => {
    const plan = { ...yamlPlan('tasks: [{ id: a, prompt: Look through it }]'), workspace: env.workspace };
    await env.client.schedules.add({ name: 'hand', plan, cron: '@daily', paused: true });
    const { temporal, databaseUrl, taskQueue } = env.settings;
    const other = await connect({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: {} });
    const places = [env.client, other, env.client];
    const begun = await Promise.all(places.map(({ schedules }) => schedules.trigger('hand')));
    begun.push(await env.client.schedules.trigger('hand'));
    expect(new Set(begun).size).toBe(4);
    const known = async () => (await env.client.schedules.find('hand')).recent.map(({ run }) => run);
    await until('the schedule tells of all', async () => (await known()).length === 4);
    expect((await known()).toSorted()).toEqual(begun.toSorted());
    await expect(env.client.schedules.trigger('hands')).rejects.toThrow('Did you mean hand?');
    await env.client.schedules.remove('hand');
    await other.close();
  });

  it('the clock fires it, and what cannot be meant is refused in words', async () => {
    const { schedules } = env.client;
    const options = {
      name: 'tick',
      plan: { ...yamlPlan('tasks: [{ id: a, prompt: Look through it }]'), workspace: env.workspace },
    };
    for (const [cron, words] of [
      ['61 * * * *', /Minute/],
      ['* * * *', /five fields/],
      ['0 0 31 2 *', /never fires/],
      ['CRON_TZ=UTC 0 * * * *', /five fields/],
    ] as const)
      await expect(schedules.add({ ...options, cron })).rejects.toThrow(words);
    await expect(schedules.add({ ...options, cron: '@daily', timeZone: 'Mars/Olympus' })).rejects.toThrow(/IANA/);
    await expect(schedules.add({ ...options, cron: '@daily', name: 'a b' })).rejects.toThrow(/cannot be/);
    await schedules.add({ ...options, cron: '@every 1s' });
    await until('it has fired', async () => (await schedules.find('tick')).recent.length > 0);
    await schedules.pause('tick');
    const { recent, paused } = await schedules.find('tick');
    expect(paused).toBe(true);
    const worker = await spawnWorker(env.settings);
    const run = await env.client.find(recent.at(-1)!.run);
    expect((await run.result()).status).toBe('succeeded');
    await schedules.remove('tick');
    await worker.stop();
  });
});
