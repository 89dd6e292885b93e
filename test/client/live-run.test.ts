import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run, RunEvent, Runs } from '../../src/client/index.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { openDatabase } from '../../src/store/database/database.ts';
import { watchRun } from '../../src/cli/mcp/watch-run.ts';
import { collectGarbage } from '../support/base/collect-garbage.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const blocked = {
  name: 'blocked',
  when: (c: ScriptedConversation) => c.prompt.includes('Ask ') && c.results.length === 0,
  answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'Which colour?', needs: 'a colour' } }] }),
};
const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe('a Run that lives', () => {
  let env: RunEnv;
  let runs: Runs;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [blocked, echo] } });
    runs = env.client;
  });
  afterAll(async () => {
    for (const [state, starting] of states) {
      const run = await starting;
      await (state === 'undone' ? run.answer({ text: 'So.' }) : run.cancel());
      expect((await run.result()).status).toBe('cancelled');
    }
    await env.close();
  });

  const approved = `tasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: B, depends_on: [a], approval: before }\n`;

  const undone = approved.replace('prompt: A }', 'prompt: A, compensate: { prompt: Ask how. } }');
  const states = new Map<string, Promise<Run>>();
  /** A run in that state, one for all tests. */
  function standing(state: 'paused' | 'waiting' | 'undone'): Promise<Run> {
    const known = states.get(state) ?? begin(state);
    states.set(state, known);
    return known;
  }
  async function begin(state: 'paused' | 'waiting' | 'undone'): Promise<Run> {
    const run = await env.start(yamlPlan(state === 'undone' ? undone : approved));
    if (state === 'paused') {
      await run.pause();
      await reach(run, 'run:paused', (event) => event.state === 'paused');
      return run;
    }
    await reach(run, 'approval:requested');
    if (state === 'waiting') return run;
    await run.cancel();
    await reach(run, 'blocker:raised');
    return run;
  }

  it('goes on telling its story over lost connections to the database', async () => {
    const run = await env.start(yamlPlan(approved));
    const events: RunEvent[] = [];
    const followed = (async () => {
      for await (const event of run.events()) events.push(event);
    })();
    await until('the approval is asked for', () => events.some(({ type }) => type === 'approval:requested'));
    await cutConnections(env.settings.databaseUrl);
    await cutConnections(env.settings.databaseUrl);
    await run.approve({ by: 'ann' });
    await followed;
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.type).toMatch(/^workflow:/);
    expect((await run.result()).status).toBe('succeeded');
  });

  it('is decided by the name of a task, and tells what waits over all runs', async () => {
    const [one, two] = [await env.start(yamlPlan(approved)), await env.start(yamlPlan(approved))];
    for (const run of [one, two]) await reach(run, 'approval:requested');
    const waiting = await runs.waiting();
    expect(waiting.map(({ runId }) => runId).toSorted()).toEqual([one.id, two.id].toSorted());
    expect(waiting[0]).toMatchObject({
      cause: 'approval',
      taskId: 'b',
      command: `gaffer approve ${waiting[0]!.runId}`,
    });
    expect((await one.view()).waiting).toHaveLength(1);
    expect(await one.approve({ id: 'b', by: 'ann' })).toEqual({ decided: true, missing: 0 });
    await two.reject({ by: 'bob', comment: 'no' });
    expect((await one.result()).status).toBe('succeeded');
    expect((await two.result()).tasks['b']?.status).toBe('skipped');
    expect(await runs.waiting(one.id)).toEqual([]);
    await expect(one.approve({ by: 'ann' })).rejects.toMatchObject({ name: 'RunClosedError' });
  });

  it('is never decided by a part of an id, so that nothing else is approved than was meant', async () => {
    const longer = `tasks:\n  - { id: b, prompt: B, approval: before }\n  - { id: bb, prompt: BB, approval: before }\n`;
    const run = await env.start(yamlPlan(longer));
    for (const taskId of ['b', 'bb']) await reach(run, 'approval:requested', (event) => event.taskId === taskId);
    await run.reject({ id: 'before/b', by: 'ann' });
    await expect(run.approve({ id: 'before/b', by: 'bob' })).rejects.toMatchObject({ name: 'RefusedError' });
    await expect(run.approve({ id: 'before', by: 'bob' })).rejects.toThrow('is called before; waiting: bb.');
    expect((await run.view()).waiting.map(({ id }) => id)).toEqual(['before/bb']);
    await run.cancel();
  });

  it('is answered, paused, told something, given other limits, and cancelled', async () => {
    const run = await env.start(
      yamlPlan('tasks: [{ id: a, prompt: Ask first. }, { id: c, prompt: C, depends_on: [a] }]'),
    );
    await reach(run, 'blocker:raised');
    expect(await run.pause({ by: 'ann', reason: 'lunch' })).toBe('paused');
    await expect(run.answer({ id: 'c', text: 'x' })).rejects.toThrow('no blocked agent is called c; waiting: a.');
    await run.answer({ text: 'blue', by: 'ann' });
    await run.setLimits({ usd: 3 });
    expect(await run.send({ to: 'a', text: 'be quick' })).toMatch(/./);
    await run.skip({ task: 'c' });
    await run.resume();
    const result = await run.result();
    expect(result.tasks).toMatchObject({ a: { status: 'succeeded' }, c: { status: 'skipped' } });
    const waits = await env.start(yamlPlan(approved));
    await reach(waits, 'approval:requested');
    await waits.cancel();
    expect((await waits.result()).status).toBe('cancelled');
  });

  it.each([
    [
      'that is paused, an approval',
      'paused',
      (run: Run) => run.approve({ by: 'ann' }),
      'What waits: the run waits for somebody to resume it',
    ],
    ['that is paused, a pause', 'paused', (run: Run) => run.pause(), 'the run is paused already'],
    [
      'that waits, a message to who has ended',
      'waiting',
      (run: Run) => run.send({ to: 'a', text: 'x' }),
      'a has ended (succeeded) and reads nothing more',
    ],
    [
      'that waits, a message of nothing',
      'waiting',
      (run: Run) => run.send({ to: 'b', text: '\u200b\u2800' }),
      'says something',
    ],
    ['that waits, a resume', 'waiting', (run: Run) => run.resume(), 'the run is not paused'],
    [
      'that waits, an answer',
      'waiting',
      (run: Run) => run.answer({ text: 'x' }),
      'What waits: b waits for an approval',
    ],
    [
      'that waits, a retry of what has not ended',
      'waiting',
      (run: Run) => run.retryTask({ task: 'b' }),
      'b is still at work',
    ],
    ['that is being undone, a pause', 'undone', (run: Run) => run.pause(), 'it cannot be paused'],
    ['that is being undone, a retry', 'undone', (run: Run) => run.retryTask({ task: 'a' }), 'the run is being undone'],
    [
      'that is being undone, more tasks',
      'undone',
      (run: Run) => run.addTasks({ tasks: [{ id: 'n', profile: 'worker', prompt: 'N' }] }),
      'the run is being undone',
    ],
    [
      'that is being undone, an answer of nothing',
      'undone',
      (run: Run) => run.answer({ text: '\u3164' }),
      'says something',
    ],
  ] as const)('refuses of a run %s, of which nothing would come', async (_what, state, ask, words) => {
    await expect(ask(await standing(state))).rejects.toThrow(words);
  });

  it('is waited for no longer than asked, also while the process throws away what nothing holds', async () => {
    const run = await standing('waiting');
    const { lastSeq: after } = await run.state();
    let isOver = false;
    const waits = [run.closed(300), watchRun(run, { after, waitMs: 300, signal: new AbortController().signal })];
    void Promise.all(waits).finally(() => (isOver = true));
    while (!isOver) {
      collectGarbage();
      await delay(100);
    }
    expect(await waits[1]).toMatchObject({ ended: false, events: [] });
  });

  it('refuses in its own words, and nothing has changed', async () => {
    const run = await env.start(yamlPlan(approved));
    await reach(run, 'approval:requested');
    await expect(run.skip({ task: 'nothing' })).rejects.toMatchObject({ name: 'RefusedError' });
    expect(await run.waiting()).toHaveLength(1);
    await expect(runs.rollback(run.id)).rejects.toThrow('goes on');
    await expect(run.remove()).rejects.toThrow('has not ended');
    await run.cancel();
    await run.result();
  });
});

/** Ends every connection to a database but our own, as a restart of its server does. */
async function cutConnections(url: string): Promise<void> {
  const database = openDatabase(url, { maxConnections: 1 });
  await database.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await database.close();
}
