import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunStatus } from '../../src/domain/run/run-result.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { MovingRun } from '../support/run/moving-run.ts';
import { startMoving } from '../support/run/moving-run.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { hasWaiting, holdLock, waitsFor } from '../support/store/table-locks.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// Each turn leaves a dozen events, as its tool touches the world.
const writes = (turns: number) => ({
  name: 'writes',
  when: ({ prompt }: ScriptedConversation) => prompt.startsWith('Write'),
  answer: ({ turn }: ScriptedConversation) =>
    turn < turns
      ? { tools: [{ name: 'filesystem', input: { action: 'write', path: `${turn}.txt`, content: `${turn}` } }] }
      : { text: 'written' },
});
const quick = { name: 'quick', when: () => true, answer: () => ({ text: 'done' }) };

describe('a task with a long history', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());
  const executionsOf = async ({ id, runKey }: MovingRun, taskId: string): Promise<number> => {
    const all = await env.temporal.executionsOf(id, runKey.slice(id.length + 1));
    return all.filter(({ workflowId }) => workflowId === `${id}/${taskId}`).length;
  };

  const others = `
  - { id: a, prompt: A }
  - { id: b, prompt: B, depends_on: [a] }
  - { id: c, prompt: C, depends_on: [b] }
  - { id: d, prompt: D, depends_on: [c] }`;
  const start = (rest: string) =>
    startMoving(
      env,
      yamlPlan(`limits: { max_parallel: 2 }\ntasks:\n  - { id: long, prompt: Write., priority: critical }${rest}`),
      40,
    );

  it.each([
    { what: 'stays', rest: '', calls: 10 },
    { what: 'goes on as new, too', rest: others, calls: 14 },
  ])('goes on as new between two turns, and its run, which $what, goes on with it', async ({ what, rest, calls }) => {
    env.model.setScript({ rules: [writes(9), quick] });
    const before = env.model.requests.length;
    const run = await start(rest);
    await until('the task has moved', async () => (await executionsOf(run, 'long')) > 1);
    await run.pause({ by: 'ann', reason: 'lunch' });
    await until('the run stands', async () =>
      (await env.story(run.id)).some((event) => event.type === 'run:paused' && event.state === 'paused'),
    );
    await run.resume({ by: 'ann' });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', tasks: { long: { output: 'written', turns: 10 } } });
    expect(await executionsOf(run, 'long')).toBeGreaterThan(2);
    if (what !== 'stays') expect(await run.executions()).toBeGreaterThan(1);
    expect(env.model.requests.length - before).toBe(calls);
    expect(await violations(env, run.runKey, [])).toEqual([]);
    await run.close();
  });

  /** Tells a run something that has gone on as new and has not taken its task up again, as it cannot read what its tasks are. */
  const tellInBetween = async (run: MovingRun, tell: () => Promise<unknown>): Promise<void> => {
    const lock = holdLock(env.store, 'lock table tasks in access exclusive mode');
    await run.move();
    const told = tell();
    await until('it has been told', async () => (await run.updates()) > 0);
    await until('it reads its tasks', () => hasWaiting(env.store, waitsFor('tasks')));
    await lock.release();
    await told;
  };
  const stands = (run: MovingRun, status: RunStatus) =>
    until(`it is ${status}`, async () => (await env.store.runs.find(run.id))?.status === status);

  it('goes on with its run, which was paused, and resumed before it had taken its task up again', async () => {
    env.model.setScript({ rules: [writes(6)] });
    const before = env.model.requests.length;
    const run = await start('');
    await until('its task is at work', () => env.model.requests.length > before);
    await run.pause({ by: 'ann' });
    await stands(run, 'paused');
    const asked = env.model.requests.length;
    await tellInBetween(run, () => run.resume({ by: 'ann' }));
    await until('its task goes on', () => env.model.requests.length > asked);
    expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { long: { output: 'written' } } });
    await run.close();
  });

  it('goes on with its run, which a provider stopped, and all that comes after it', async () => {
    const refuses = { name: 'no', when: () => true, answer: () => ({ fault: { kind: 'http', status: 401 } as const }) };
    env.model.setScript({ rules: [refuses] });
    const run = await start('\n  - { id: a, prompt: A, depends_on: [long] }');
    await stands(run, 'waiting');
    env.model.setScript({ rules: [quick] });
    const asked = env.model.requests.length;
    await tellInBetween(run, () => run.resume({ by: 'ann' }));
    await until('both have gone on', () => env.model.requests.length === asked + 2);
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 2 } });
    await run.close();
  });

  it('is skipped when its run was told so before it had taken it up again', async () => {
    env.model.setScript({ rules: [{ ...quick, answer: () => ({ fault: { kind: 'http', status: 401 } as const }) }] });
    const run = await start('');
    await stands(run, 'waiting');
    await tellInBetween(run, () => run.skip({ task: 'long', by: 'ann' }));
    expect(await run.result()).toMatchObject({ tasks: { long: { status: 'skipped' } } });
    await run.close();
  });

  it('hears what it waited for while its run went on as new, again and again', async () => {
    const blocked = { tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] };
    const answer = ({ turn }: ScriptedConversation) => (turn === 0 ? blocked : { text: 'went on' });
    env.model.setScript({ rules: [{ name: 'asks', when: () => true, answer }] });
    const run = await start('');
    await stands(run, 'waiting');
    const asked = env.model.requests.length;
    await run.move();
    await run.move();
    const [request] = await run.waiting();
    await run.answer({ id: request!.id, text: 'here', by: 'ann' });
    await until('it has heard', () => env.model.requests.length > asked);
    expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { long: { output: 'went on' } } });
    await run.close();
  });

  it('hears of a cancel also after that', async () => {
    env.model.setScript({ rules: [writes(1000)] });
    const run = await start('');
    await until('the task has moved', async () => (await executionsOf(run, 'long')) > 1);
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled', tasks: { long: { status: 'cancelled' } } });
    await run.close();
  });
});
