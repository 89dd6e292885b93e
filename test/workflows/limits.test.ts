import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: () => ({ text: 'done' }) };
const waiting = 'tasks:\n  - { id: one, prompt: A, approval: before }\n';

/** As a database does it that cannot take a value: with an error that no retry can mend. */
async function refuse(env: RunEnv, { table, when }: { table: string; when: string }): Promise<void> {
  await env.store.sql.query(`create function refuse_${table}() returns trigger language plpgsql as
    $$ begin if ${when} then raise exception 'out of range' using errcode = '22003'; end if; return new; end $$`);
  await env.store.sql.query(
    `create trigger refuse before insert or update on ${table} for each row execute function refuse_${table}()`,
  );
}

describe('limits of a run that lives', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
  });
  afterAll(() => env.close());

  it('are refused outside of what a workflow file may say, and the run goes on', async () => {
    const run = await env.start(yamlPlan(waiting));
    const { approvalId } = await reach(run, 'approval:requested');
    const far = [{ tokens: 1e20 }, { tokens: 1.5 }, { usd: 99_999_999_999 }, { usdPerMinute: 1e9 }];
    for (const limits of [...far, { maxParallel: 1001 }, { timeoutMs: 1e13 }, { usd: Number.NaN }]) {
      const [name] = Object.keys(limits);
      const message = expect.stringMatching(`^${name} must be (at most|a (whole )?number above 0)`);
      await expect(run.setLimits(limits)).rejects.toMatchObject({ name: 'RefusedError', message });
    }
    await run.setLimits({ usd: 100_000, tokens: Number.MAX_SAFE_INTEGER, by: 'ann' });
    await run.approve({ id: approvalId, by: 'ann' });
    expect((await run.result()).status).toBe('succeeded');
  });

  it.each([
    { part: 'task', name: 'one', mode: 'child', limits: 'per_task: { usd: 0.0001 }', more: '' },
    { part: 'task', name: 'one', mode: 'inline', limits: 'usd: 1', more: 'for_each: [x], limits: { tokens: 9 }' },
    { part: 'agent', name: 'worker', mode: 'child', limits: 'per_agent: { worker: { tokens: 9 } }', more: '' },
  ])('a $mode that waits for the limit of its $part goes on with a higher one', async (row) => {
    const { part, name, mode, limits, more } = row;
    const head = `limits: { tasks: ${mode}, on_exceeded: pause, ${limits} }\n`;
    const run = await env.start(yamlPlan(`${head}tasks:\n  - { id: one, prompt: A, ${more} }\n`));
    const { detail, taskId, seq } = await reach(run, 'task:waiting');
    expect(detail).toMatch(new RegExp(`raise limits.(usd|tokens) of ${part} ${name} to go on$`));
    // Still too low: it asks again.
    await run.setLimits({ [part]: part === 'task' ? taskId : name, usd: 0.0002, tokens: 10 });
    await reach(run, 'task:waiting', (event) => event.seq > seq);
    await run.setLimits({ [part]: name, usd: 0.6, tokens: 1_000_000, by: 'ann' });
    const told = await reach(run, 'run:limits', ({ by }) => by === 'ann');
    expect(told.detail).toBe(`${part} ${name}: usd 0.6, tokens 1000000`);
    expect((await run.result()).status).toBe('succeeded');
  });

  it('a wait for the limit of a phase ends with a higher one, and names that it has not are refused', async () => {
    const phases = 'phases:\n  - { name: Do it, limits: { usd: 0.0001 }, tasks: [{ id: one, prompt: A }] }\n';
    const run = await env.start(yamlPlan(`limits: { on_exceeded: pause }\n${phases}`));
    await reach(run, 'task:waiting');
    const refused = (message: string) => ({ name: 'RefusedError', message: expect.stringContaining(message) });
    const wrong = [
      [{ phase: 'Did it', usd: 1 }, 'there is no phase Did it; there are Do it'],
      [{ task: 'three', usd: 1 }, 'there is no task three; there are one'],
      [{ agent: 'nobody', usd: 1 }, 'there is no agent nobody; there are worker'],
      [{ task: 'one', usd: 1 }, 'task one has no limit of its own in the plan'],
      [{ task: 'one', phase: 'Do it', usd: 1 }, 'give one of task, phase and agent'],
      [{ phase: 'Do it', timeoutMs: 5 }, 'there is no limit timeoutMs of a phase; there are usd, tokens'],
      [{ phase: 'Do it' }, 'name a limit: usd, tokens'],
    ] as const;
    for (const [limits, message] of wrong) await expect(run.setLimits(limits)).rejects.toMatchObject(refused(message));
    await run.setLimits({ phase: 'Do it', usd: 1, by: 'ann' });
    expect((await run.result()).status).toBe('succeeded');
  });
});

describe('a run of which something cannot be written', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
    await refuse(env, { table: 'inbox', when: "new.body = 'far'" });
  });
  afterAll(() => env.close());

  it('does not start with limits that nobody checked', async () => {
    const bad = { ...yamlPlan(waiting), limits: { ...planDefaults.limits, usd: 99_999_999_999 } };
    const run = await env.start(bad);
    await expect(run.result()).rejects.toThrow('the database refuses this');
  });

  it('ends as failed, with what in it waits for somebody', async () => {
    const tasks = 'tasks:\n  - { id: one, prompt: A }\n  - { id: two, prompt: B, approval: before }\n';
    const run = await env.start(yamlPlan(`limits: { usd: 0.0001, on_exceeded: pause }\n${tasks}`));
    await reach(run, 'task:waiting');
    await expect(run.send({ to: 'one', text: 'far' })).rejects.toMatchObject({ name: 'RefusedError' });
    expect(await run.result()).toMatchObject({
      ...{ status: 'failed', reason: 'the database refuses this: out of range' },
      tasks: { one: { status: 'cancelled' }, two: { status: 'skipped' } },
    });
  });

  it('ends as failed when it is about to end', async () => {
    await refuse(env, { table: 'events', when: "new.key like 'complete/%'" });
    const run = await env.start(yamlPlan('tasks:\n  - { id: one, prompt: A }\n'));
    expect(await run.result()).toMatchObject({ status: 'failed', reason: 'the database refuses this: out of range' });
  });
});
