import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lineage } from '../../src/contracts/orchestrate-input.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { startMoving } from '../support/run/moving-run.ts';
import { scriptPlan } from '../support/plan/script-plan.ts';
import { startFrom } from '../support/run/start-from.ts';
import { spawnWorker } from '../support/run/worker-process.ts';
import { until } from '../support/base/until.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const answers = {
  name: 'answers',
  when: () => true,
  answer: ({ prompt }: ScriptedConversation) => {
    if (prompt.includes('[refuse]')) return { text: '', stopReason: 'refusal' as const };
    if (prompt.includes('[json]')) return { text: '{"n": 3}' };
    if (prompt.includes('[slow]')) return { text: 'late', latencyMs: 20_000 };
    return { text: `did: ${prompt}` };
  },
};

describe('a script', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [answers] } });
  });
  afterAll(() => env.close());

  it('asks agents as it goes on, and what it returns is what came of the run', async () => {
    const result = await env.run(
      scriptPlan(
        `
phase('Plan')
log('begins with ' + args.topic)
const first = await agent('First ' + args.topic, { label: 'the first' })
phase('Work')
const rest = await parallel([1, 2, 3].map((n) => () => agent('Part ' + n + ' of ' + first)))
const { n } = await agent('Count [json]', { schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }, agentType: 'critic' })
let unknown = null
try { await agent('who', { agentType: 'nobody' }) } catch (error) { unknown = error.message }
return { first, rest, n, unknown, whom: budget.total }
`,
        { inputs: { topic: 'tea' } },
      ),
    );
    expect(result).toMatchObject({ status: 'succeeded', reason: null });
    expect(result.outputs).toEqual({
      result: {
        first: 'did: First tea',
        rest: [1, 2, 3].map((n) => `did: Part ${n} of did: First tea`),
        n: 3,
        unknown: 'there is no agent "nobody"',
        whom: null,
      },
    });
    expect(Object.keys(result.tasks)).toEqual([
      'script',
      'the-first',
      'Part-1-of-did-First-tea',
      'Part-2-of-did-First-tea',
      'Part-3-of-did-First-tea',
      'Count-json',
    ]);
    const { runKey } = (await env.store.runs.find(result.runId))!;
    expect(await violations(env, runKey, [])).toEqual([]);
    const story = await env.story(result.runId);
    expect(story.filter(({ type }) => ['phase:start', 'phase:complete', 'run:log'].includes(type))).toMatchObject([
      { type: 'phase:start', phase: 'Plan' },
      { type: 'run:log', text: 'begins with tea' },
      { type: 'phase:complete', phase: 'Plan' },
      { type: 'phase:start', phase: 'Work' },
      { type: 'phase:complete', phase: 'Work' },
    ]);
  });

  it('is partial when an agent gave null, says which, and is none when the script asked again and got it', async () => {
    const missing = await env.run(
      scriptPlan(`return [await agent('No [refuse]', { label: 'refused' }), await agent('Yes')]`),
    );
    expect(missing).toMatchObject({ status: 'partial', outputs: { result: [null, 'did: Yes'] } });
    expect(missing.reason).toMatch(/^1 of 3 tasks did not succeed; the first is "refused": /);
    const handled = await env.run(
      scriptPlan(`const first = await agent('Do it [refuse]', { label: 'a' })
return first ?? (await agent('Do it differently', { label: 'a' }))`),
    );
    expect(handled).toMatchObject({ status: 'succeeded', outputs: { result: 'did: Do it differently' } });
    expect(handled.tasks['a']).toMatchObject({ status: 'failed', isHandled: true });
  });

  it('gives up what the script does not wait for, and pays for it', async () => {
    const result = await env.run(
      scriptPlan(`agent('Never [slow]', { label: 'left' })
await agent('First')
return null`),
    );
    expect(result).toMatchObject({ status: 'succeeded', outputs: { result: null } });
    expect(result.tasks['left']).toMatchObject({ status: 'skipped', error: null });
  });

  it('hears of calls that a person gives up, at work or not yet begun, and goes by what came of the others', async () => {
    const run = await env.start(
      scriptPlan(
        `const first = await agent('First', { label: 'first' })
return [first, ...(await parallel(['a', 'b', 'c'].map((label) => () => agent(label === 'a' ? 'A [slow]' : label, { label }))))]`,
        { limits: { max_parallel: 1 } },
      ),
    );
    await until('a is at work', async () =>
      (await env.story(run.id)).some((event) => event.type === 'agent:invoke' && event.taskId === 'a'),
    );
    await expect(run.retryTask({ task: 'first' })).rejects.toThrow(/first is a part of a script/);
    await run.skip({ task: 'b' });
    await run.skip({ task: 'a' });
    expect(await run.result()).toMatchObject({
      status: 'partial',
      outputs: { result: ['did: First', null, null, 'did: c'] },
    });
  });

  it('is given up with what it has asked for', async () => {
    const run = await env.start(
      scriptPlan(`return parallel(['a', 'b'].map((label) => () => agent(label + ' [slow]', { label })))`, {
        limits: { max_parallel: 1 },
      }),
    );
    await until('a is at work', async () =>
      (await env.story(run.id)).some((event) => event.type === 'agent:invoke' && event.taskId === 'a'),
    );
    await run.skip({ task: 'script' });
    const { tasks } = await run.result();
    expect(Object.values(tasks).map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped']);
  });

  it('fails where nobody catches an error, and says on which line', async () => {
    const result = await env.run(scriptPlan(`await agent('First')\nnull.x`));
    expect(result.status).toBe('failed');
    expect(result.reason).toMatch(/^script failed: TypeError: .* \(tried\.js:3:\d+\)$/);
  });

  describe('that uses results of an earlier one', () => {
    let rounds = 0;
    async function again(body: string, from: RunResult) {
      const row = (await env.store.runs.find(from.runId))!;
      const before = env.model.requests.length;
      const lineage: Lineage = { kind: 'reuse', run: from.runId, runKey: row.runKey, from: null, redo: [], only: null };
      const runId = `${from.runId}-again-${++rounds}`;
      const plan = { ...scriptPlan(body), workspace: env.workspace, name: `other ${rounds}` };
      const result = await (await startFrom(env, { plan, runId, lineage })).result();
      return { result, asked: env.model.requests.slice(before).length };
    }

    it('asks nobody again, however its calls are called, ordered or added to', async () => {
      const first = await env.run(
        scriptPlan(`phase('One')
const [a, b] = await parallel([() => agent('A', { label: 'first' }), () => agent('B')])
return [a, b, await agent('C ' + a), await agent('Same'), await agent('Same')]`),
      );
      const reordered = await again(
        `const two = [await agent('Same', { label: 'x' }), await agent('Same')]
return [await agent('B', { phase: 'P' }), await agent('A', { label: 'renamed' }), await agent('C did: A'), ...two]`,
        first,
      );
      expect(reordered).toMatchObject({ asked: 0, result: { status: 'succeeded', summary: { reusedTasks: 5 } } });
      const inserted = await again(
        `return [await agent('New'), await agent('A'), await agent('B'), await agent('Same'), await agent('Same'), await agent('Same')]`,
        reordered.result,
      );
      expect(inserted).toMatchObject({ asked: 2, result: { summary: { reusedTasks: 4 } } });
      const other = await again(
        `return [await agent('A', { agentType: 'critic' }), await agent('A', { model: 'haiku' })]`,
        first,
      );
      expect(other).toMatchObject({ asked: 2, result: { summary: { reusedTasks: 0 } } });
    });
  });
});

describe('a script with a hundred agents in two nested fan-outs, whose worker is killed', () => {
  const asked = new Map<string, number>();
  const counts = {
    name: 'counts',
    when: () => true,
    answer: ({ prompt }: ScriptedConversation) => {
      asked.set(prompt, (asked.get(prompt) ?? 0) + 1);
      return { text: `did: ${prompt}`, latencyMs: 100 };
    },
  };
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [counts] }, withWorker: false });
  });
  afterAll(() => env.close());

  it('goes on, as new again and again, and asks nobody twice who had answered', async () => {
    const plan = scriptPlan(
      `let timers = 0
const ticking = (async () => { for (let i = 0; i < 20; i++) { await new Promise((done) => setTimeout(done, 30)); timers++ } })()
const all = await parallel([...Array(10).keys()].map((i) => async () => {
  const outer = await agent('Outer ' + i)
  return pipeline([...Array(9).keys()], (j) => agent('Inner ' + i + ' ' + j), (text) => text.length + outer.length)
}))
await ticking
log('done')
return { count: all.flat().length, sum: all.flat().reduce((a, b) => a + b), timers }`,
      { limits: { max_parallel: 20 } },
    );
    let worker = await spawnWorker(env.settings);
    const run = await startMoving(env, plan, 60);
    const ended = async () => (await env.story(run.id)).filter((event) => event.type === 'task:complete');
    await until('some have answered', async () => (await ended()).length > 30);
    await worker.kill();
    const kill = await lookAtFlight(env.store, run.runKey);
    const before = (await ended()).map(({ taskId }) => taskId.replaceAll('-', ' '));
    worker = await spawnWorker(env.settings);
    const result = await run.result();
    const sum = 90 * ('did: Inner 1 1'.length + 'did: Outer 1'.length);
    expect(result.outputs).toEqual({ result: { count: 90, sum, timers: 20 } });
    expect(asked.size).toBe(100);
    expect(before.filter((prompt) => asked.get(prompt) !== 1)).toEqual([]);
    expect(await run.executions()).toBeGreaterThan(3);
    const story = await env.story(run.id);
    expect(story.filter(({ type }) => type === 'run:log')).toHaveLength(1);
    expect(await violations(env, run.runKey, [kill])).toEqual([]);
    await run.close();
    await worker.stop();
  });
});
