import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { until } from '../support/base/until.ts';
import { violations } from '../support/invariants/invariants.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { BreakingLine } from '../support/store/breaking-line.ts';
import { openBreakingLine } from '../support/store/breaking-line.ts';
import type { Lock } from '../support/store/table-locks.ts';
import { holdLock } from '../support/store/table-locks.ts';

describe('a worker whose database is away or crowded', { timeout: 120_000 }, () => {
  let env: RunEnv;
  let line: BreakingLine;
  let worker: RunningWorker;
  let onCall: () => void = () => undefined;
  beforeAll(async () => {
    const rule = {
      name: 'answer',
      when: () => true,
      answer: () => {
        onCall();
        return { text: 'Done.' };
      },
    };
    env = await openRunEnv({ script: { rules: [rule] }, withWorker: false });
    line = await openBreakingLine(env.settings.databaseUrl);
    const databaseUrl = new URL(line.url);
    databaseUrl.searchParams.set('options', '-c lock_timeout=200');
    worker = await startWorker({
      ...env.settings,
      databaseUrl: databaseUrl.href,
      workflowBundle: inject('workflowBundle'),
    });
  });
  afterAll(async () => {
    await worker.stop();
    await line.close();
    await env.close();
  });

  it('keeps a paid answer in mind until it can be written down, and asks for none meanwhile', async () => {
    const plan = yamlPlan(
      `tasks:\n${['a', 'b', 'c'].map((id) => `  - { id: ${id}, prompt: "Do ${id}." }`).join('\n')}\n  - { id: d, prompt: Do d., depends_on: [a] }`,
    );
    let cut: ReturnType<BreakingLine['cutOff']> | undefined;
    onCall = () => (cut ??= line.cutOff());
    const run = await env.start(plan);
    // Longer than a heartbeat's timeout in tries that double their pauses.
    await until('the answer could not be written down for a while', () => (cut?.tries() ?? 0) >= 20);
    const asked = env.model.requests.length;
    onCall = () => undefined;
    cut!.end();
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 4 } });
    expect(asked).toBeLessThanOrEqual(3);
    expect(env.model.requests).toHaveLength(4);
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });

  it('keeps a paid answer while the database is there and cannot take it, and tells why', async () => {
    env.model.setScript({ rules: [{ name: 'answer', when: () => true, answer: held }] });
    let lock: Lock | undefined;
    function held(): { text: string; latencyMs: number } {
      lock ??= holdLock(env.store, 'lock table journal in exclusive mode');
      return { text: 'Done.', latencyMs: 200 };
    }
    const before = env.model.requests.length;
    const plan = yamlPlan(`tasks: [{ id: one, prompt: Do it. }, { id: two, prompt: Do it., depends_on: [one] }]`);
    const run = await env.start(plan);
    await until(
      'the run tells what is in its way',
      async () =>
        (await run.describe()).stuck ===
        'one: a model call waits: the database cannot do this now: canceling statement due to lock timeout',
    );
    await lock!.release();
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 2 } });
    expect(env.model.requests.length - before).toBe(2);
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });

  it('uses up no attempt of a step that begins while the database is away', async () => {
    const touch = { name: 'bash', input: { command: 'echo once >> touched' } };
    env.model.setScript({
      rules: [
        { name: 'touch', when: (c) => c.turn === 0, answer: () => ({ tools: [touch] }) },
        { name: 'end', when: () => true, answer: () => ({ text: 'Done.' }) },
      ],
    });
    const before = env.model.requests.length;
    const plan = yamlPlan(`policy: [{ tool: bash, action: ask }]\ntasks: [{ id: one, prompt: Touch it. }]`);
    const run = await env.start(plan);
    const told = async (type: string) => (await env.story(run.id)).filter((event) => event.type === type).length;
    await until('the call is asked about', async () => (await told('approval:requested')) === 1);
    const cut = line.cutOff();
    const approved = run.approve();
    // Many times as many as the step has attempts.
    await until('the step could not begin for a while', () => cut.tries() >= 12);
    cut.end();
    await approved;
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
    expect(readFileSync(join(env.workspace, 'touched'), 'utf8')).toBe('once\n');
    expect(env.model.requests.length - before).toBe(2);
    expect(await told('task:start')).toBe(1);
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });

  it('asks for every turn once while all of its connections are lost again and again', async () => {
    const turns = 12;
    const issue = (title: string) => ({ name: 'issue', input: { action: 'create', title } });
    env.model.setScript({
      rules: [
        {
          name: 'work',
          when: (c) => c.turn < turns,
          answer: (c) => ({ tools: [issue(`${c.prompt} ${c.turn}`)], latencyMs: 100 }),
        },
        { name: 'end', when: () => true, answer: () => ({ text: 'Done.' }) },
      ],
    });
    const before = env.model.requests.length;
    const ids = ['a', 'b', 'c', 'd'];
    const plan = yamlPlan(`tasks:\n${ids.map((id) => `  - { id: ${id}, prompt: "Do ${id}." }`).join('\n')}`);
    const run = await env.start(plan);
    const asked = () => env.model.requests.length - before;
    for (const count of [2, 5, 9, 14, 20, 26, 33]) {
      await until(`${count} calls were made`, () => asked() >= count);
      line.breakAll();
    }
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: ids.length } });
    expect(asked()).toBe(ids.length * (turns + 1));
    const { rows } = await env.store.sql.query('select 1 from issues where board = $1', [run.id]);
    expect(rows).toHaveLength(ids.length * turns);
    // Nobody closes them.
    const broken = (await violations(env, run.runKey, [], { plan })).filter((one) => !one.endsWith('is open'));
    expect(broken).toEqual([]);
  });
});
