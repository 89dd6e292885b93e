import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedAnswer } from '../../src/testing/index.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const refusal: ScriptedAnswer = { fault: { kind: 'http', status: 429, retryAfter: 86_400 } };

describe('a provider that asks to wait for a day', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  const answerAll = (answer: () => ScriptedAnswer): void =>
    env.model.setScript({ rules: [{ name: 'all', when: () => true, answer }] });

  it.each(['child', 'inline'] as const)(
    'has the task wait until a date that is told, holds nothing back, and asks at once on resume (%s)',
    async (tasks) => {
      await env.store.sql.query('delete from model_gates');
      let isOpen = false;
      answerAll(() => (isOpen ? { text: 'ok' } : refusal));
      const before = env.model.requests.length;
      const limits = { ...plan().limits, tasks };
      const run = await env.start(plan({ limits }));
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      for await (const event of run.events()) {
        if (event.type !== 'task:waiting') continue;
        expect(event).toMatchObject({ cause: 'provider', taskId: 'one' });
        expect(event.detail).toMatch(new RegExp(`rate limit is reached.* wait until ${tomorrow} \\d\\d:\\d\\d UTC`));
        break;
      }
      const { rows } = await env.store.sql.query('select reserved_nano as nano, status from runs where run_key = $1', [
        run.runKey,
      ]);
      expect(rows).toEqual([{ nano: 0, status: expect.stringMatching('waiting|running') as string }]);
      expect(env.model.requests.length - before).toBe(1);
      // Another run on the same key is told without asking.
      const other = await env.start(plan({ tasks: [task({ id: 'two' })] }));
      for await (const event of other.events()) if (event.type === 'task:waiting') break;
      expect(env.model.requests.length - before).toBe(1);
      await env.store.sql.query("update model_gates set probed_at = probed_at - interval '11 seconds'");
      isOpen = true;
      await run.resume({ by: 'ann' });
      expect(await run.result()).toMatchObject({ status: 'succeeded' });
      expect(env.model.requests.length - before).toBe(2);
      // It is open for all by then.
      await other.resume({ by: 'ann' });
      expect(await other.result()).toMatchObject({ status: 'succeeded' });
    },
  );

  it('waits again when the provider still refuses, as long as it says then, and others of the run go on', async () => {
    await env.store.sql.query('delete from model_gates');
    answerAll(() => refusal);
    const agents = { worker: agent(), other: agent({ name: 'other', model: 'claude-opus-4-7' }) };
    const tasks = [task(), task({ id: 'free', agent: 'other' })];
    env.model.setScript({
      rules: [
        { name: 'by model', when: () => true, answer: (c) => (c.prompt.includes('free') ? { text: 'ok' } : refusal) },
      ],
    });
    const run = await env.start(plan({ agents, tasks }));
    let waits = 0;
    let isFreeDone = false;
    for await (const event of run.events()) {
      if (event.type === 'task:complete') isFreeDone ||= event.taskId === 'free';
      if (event.type === 'task:waiting' && ++waits === 1) {
        await env.store.sql.query("update model_gates set probed_at = probed_at - interval '11 seconds'");
        await run.resume({ by: 'ann' });
      }
      if (waits === 2 && isFreeDone) break;
    }
    answerAll(() => ({ text: 'ok' }));
    await env.store.sql.query("update model_gates set probed_at = probed_at - interval '11 seconds'");
    await run.resume({ by: 'ann' });
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
  });
});
