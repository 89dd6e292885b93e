import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';

const read = { name: 'filesystem', input: { action: 'read', path: 'log.txt' } };
const writer = 'claude-haiku-4-5';
const mark = 'in short';

/** A plan whose one agent takes many turns, and whose conversation is summed up. */
function talk(context: Partial<Plan['context']>): Plan {
  const agents = {
    worker: agent({ tools: ['filesystem'], model: 'claude-sonnet-4-6', maxTokens: 1000, maxTurns: 40 }),
  };
  const kept = { maxMessages: 16, pruneAtTokens: 150_000, gist: { tokens: 400 }, ...context };
  return plan({ agents, context: kept, tasks: [task({ id: 'one', prompt: 'Read it all.' })], workspace: '' });
}

/** Answers turn by turn; `turns`: how many. What is asked for a summary gets one. */
function reader(turns: number, onSummary: () => ScriptedAnswer = () => ({ text: `${mark}: read well` })) {
  let turn = 0;
  return (c: ScriptedConversation): ScriptedAnswer => {
    if (c.system.startsWith('You sum up')) return onSummary();
    return ++turn <= turns
      ? { text: `step ${turn}`, tools: [{ ...read, input: { ...read.input, offset: turn } }] }
      : { text: 'read all' };
  };
}

describe('a conversation that becomes long', () => {
  let env: RunEnv;
  const log = (): void => writeFileSync(join(env.workspace, 'log.txt'), 'one line of a build log\n'.repeat(40));
  beforeAll(async () => {
    env = await openRunEnv();
    log();
  });
  afterAll(() => env.close());

  const scripted = (answer: (c: ScriptedConversation) => ScriptedAnswer): void =>
    env.model.setScript({ rules: [{ name: 'reader', when: () => true, answer }] });

  it('keeps its beginning, its end and what was said, with a summary of the rest, and loses nothing', async () => {
    scripted(reader(14));
    const before = env.model.requests.length;
    const run = await env.start(talk({}));
    expect((await run.result()).tasks['one']).toMatchObject({ status: 'succeeded', output: 'read all' });
    const sent = env.model.requests.slice(before).map(({ body }) => body['messages'] as { content: unknown }[]);
    expect(sent).toHaveLength(15);
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(16);
    const [first] = sent.at(-1)!;
    expect(JSON.stringify(first)).toMatch(
      /Read it all.*messages of this conversation are left out.*step 1.*used filesystem/,
    );
    // The beginning is the same for turns on end.
    const beginnings = sent.map((messages) =>
      JSON.stringify(messages[0]).replaceAll(/,"cache_control":\{[^}]*\}/g, ''),
    );
    expect(new Set(beginnings).size).toBeLessThan(5);
    const pruned = (await env.story(run.id)).filter(({ type }) => type === 'context:pruned');
    expect(pruned.length).toBe(new Set(beginnings).size - 1);
    const kept = (await run.transcript()).flatMap(({ message }) => message.content);
    expect(kept.filter(({ type }) => type === 'tool_result')).toHaveLength(14);
  });

  it('is summed up by the model that its file names, once for each time, and paid for', async () => {
    scripted(reader(14));
    const before = env.model.requests.length;
    const run = await env.start(talk({ gist: { tokens: 400, model: writer } }));
    const { tasks, summary } = await run.result();
    expect(tasks['one']).toMatchObject({ status: 'succeeded', output: 'read all' });
    const requests = env.model.requests.slice(before);
    const summaries = requests.filter(({ body }) => body['model'] === writer);
    const pruned = (await env.story(run.id)).filter((event) => event.type === 'context:pruned');
    expect(pruned.length).toBeGreaterThan(1);
    expect(pruned.every((event) => event.model === writer)).toBe(true);
    expect(summaries).toHaveLength(pruned.length);
    // The second one begins with the first.
    expect(JSON.stringify(summaries[1]!.body['messages'])).toMatch(/Summary of what was before.*in short: read well/);
    expect(JSON.stringify(requests.at(-1)!.body['messages'])).toContain(mark);
    expect(summary.totalTokens).toBe(
      tasks['one']!.usage.inputTokens +
        tasks['one']!.usage.outputTokens +
        tasks['one']!.usage.cacheReadTokens +
        tasks['one']!.usage.cacheWriteTokens,
    );
    expect(await violations(env, run.runKey, [], { plan: talk({}) })).toEqual([]);
  });

  it('goes on with beginnings where the model that sums up refuses', async () => {
    const body = { type: 'error', error: { type: 'invalid_request_error', message: 'not today' } };
    scripted(reader(10, () => ({ fault: { kind: 'http', status: 400, body } })));
    const result = await env.run(talk({ gist: { tokens: 400, model: writer } }));
    expect(result.tasks['one']).toMatchObject({ status: 'succeeded', output: 'read all' });
  });
});

describe('a summary whose worker is killed', () => {
  it('is written and paid once when the turn behind it is under way', async () => {
    buildIfStale();
    const env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
    writeFileSync(join(env.workspace, 'log.txt'), 'one line\n'.repeat(40));
    const worker = await spawnWorker(env.settings);
    let next: Awaited<ReturnType<typeof spawnWorker>> | null = null;
    try {
      let [summaries, held] = [0, false];
      const answer = reader(9, () => (summaries++, { text: `${mark}: read well` }));
      const script = (c: ScriptedConversation): ScriptedAnswer => {
        const isFirstAfter = summaries === 1 && !held && !c.system.startsWith('You sum up');
        if (!isFirstAfter) return answer(c);
        held = true;
        return { text: 'nobody hears it', fault: { kind: 'stall', afterEvents: 1 } };
      };
      env.model.setScript({ rules: [{ name: 'reader', when: () => true, answer: script }] });
      const planned = talk({ gist: { tokens: 400, model: writer } });
      const run = await env.start(planned);
      await until('the turn behind the summary is under way', () => held);
      const flight = await lookAtFlight(env.store, run.runKey);
      await worker.kill();
      next = await spawnWorker(env.settings);
      expect((await run.result()).tasks['one']).toMatchObject({ status: 'succeeded', output: 'read all' });
      expect(summaries).toBe(1);
      expect(await violations(env, run.runKey, [flight], { plan: planned })).toEqual([]);
    } finally {
      await worker.kill();
      await next?.stop();
      await env.close();
    }
  });
});
