import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLastEvent } from '../../src/domain/run/run-events.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { agent, phase, plan, task } from '../support/plan/builders.ts';

const phases = [phase('First'), phase('Second', 'sequential')];

// Every promise is kept in both ways of running: from the cache, and replayed from history at every step. Without a cache the SDK forgets
// a workflow task now and then, which comes again after 15 s (docs/decisions/0028).
describe.each([
  { mode: 'cached', settings: {} },
  { mode: 'always replayed', settings: { tuning: { cachedWorkflows: 0 } } },
])('orchestrate, $mode', ({ settings }) => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ settings });
  });
  afterAll(() => env.close());

  it('runs phases in order and goes on with a context where it was', async () => {
    env.model.setScript({
      rules: [
        { name: 'lead 1', when: (c) => c.prompt === 'Do lead.', answer: () => ({ text: 'planned' }) },
        { name: 'side', when: (c) => c.prompt === 'Do side.', answer: () => ({ text: 'built' }) },
        {
          name: 'lead 2',
          when: (c) => c.prompt === 'Do sum.',
          answer: (c) => ({ text: `history of ${c.messages.length} messages` }),
        },
      ],
    });
    const result = await env.run(
      plan({
        phases,
        tasks: [
          task({ id: 'lead', phase: 0, context: 'lead' }),
          task({ id: 'side', phase: 0 }),
          task({ id: 'sum', phase: 1, context: 'lead', afterPhase: 0 }),
        ],
      }),
      { runId: `two-phases-${Object.keys(settings).length}` },
    );
    expect(result).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 3, sessions: 1, contexts: 2 } });
    expect(result.tasks['sum']?.output).toBe('history of 3 messages');
    const story = await env.story(result.runId);
    expect(story.map((event) => event.seq)).toEqual(story.map((_, index) => index + 1));
    expect(story.filter(isLastEvent)).toEqual([story.at(-1)]);
    const order = story.map((event) => event.type).filter((type) => /^(workflow|phase):/.test(type));
    expect(order).toEqual([
      ...['workflow:start', 'phase:start', 'phase:complete', 'phase:start', 'phase:complete'],
      ...['workflow:complete', 'workflow:results'],
    ]);
    const spent = env.model.requests.reduce(
      (sum, { usage }) =>
        sum +
        (usage?.inputTokens ?? 0) +
        (usage?.outputTokens ?? 0) +
        (usage?.cacheReadTokens ?? 0) +
        (usage?.cacheWriteTokens ?? 0),
      0,
    );
    expect(result.summary.totalTokens).toBe(spent);
  });

  it('gives tool results back to the model and stores what the tools did', async () => {
    env.model.setScript({
      rules: [
        {
          name: 'creates',
          when: (c) => c.turn === 0,
          answer: () => ({ tools: [{ name: 'issue', input: { action: 'create', title: 'Fix it' } }] }),
        },
        { name: 'ends', when: (c) => c.turn === 1, answer: (c) => ({ text: c.lastResults[0]!.content }) },
      ],
    });
    const result = await env.run(plan());
    expect(result.status).toBe('succeeded');
    expect(result.tasks['one']?.output).toContain('Fix it');
    const types = (await env.story(result.runId)).map((event) => event.type);
    expect(types.filter((type) => type === 'issue:created')).toHaveLength(1);
  });

  it('answers an unknown tool with an error and goes on', async () => {
    env.model.setScript({
      rules: [
        { name: 'wrong', when: (c) => c.turn === 0, answer: () => ({ tools: [{ name: 'teleport', input: {} }] }) },
        { name: 'ends', when: (c) => c.turn === 1, answer: (c) => ({ text: c.lastResults[0]!.content }) },
      ],
    });
    const result = await env.run(plan());
    expect(result.tasks['one']?.output).toContain('There is no tool "teleport"');
  });

  it('calls a run with a failed task partial, and names the cause', async () => {
    env.model.setScript({
      rules: [
        { name: 'good', when: (c) => c.prompt === 'Do good.', answer: () => ({ text: 'fine' }) },
        { name: 'bad', when: (c) => c.prompt === 'Do bad.', answer: () => ({ fault: { kind: 'http', status: 400 } }) },
      ],
    });
    const result = await env.run(plan({ tasks: [task({ id: 'good' }), task({ id: 'bad' })] }));
    expect(result).toMatchObject({
      status: 'partial',
      tasks: { good: { status: 'succeeded' }, bad: { status: 'failed' } },
    });
    expect(result.reason).toContain('bad');
  });

  it('ends as failed with the result as detail when nothing succeeded', async () => {
    env.model.setScript({
      rules: [{ name: 'bad', when: () => true, answer: () => ({ fault: { kind: 'http', status: 400 } }) }],
    });
    const handle = await env.start(plan());
    expect(await handle.result()).toMatchObject({ status: 'failed', summary: { failedTasks: 1 } });
    expect((await handle.describe()).status).toBe('failed');
    expect((await env.story(handle.id)).at(-1)?.type).toBe('workflow:error');
  });

  it('ORCH-017 retry logic: tries a task again as often as its plan allows', async () => {
    let calls = 0;
    env.model.setScript({
      rules: [
        {
          name: 'second time lucky',
          when: () => true,
          answer: () => (++calls === 1 ? { fault: { kind: 'http', status: 400 } } : { text: 'ok' }),
        },
      ],
    });
    const result = await env.run(plan({ tasks: [task({ retry: { maxAttempts: 2, backoffMs: 10 } })] }));
    expect(result).toMatchObject({ status: 'succeeded', tasks: { one: { attempts: 2, error: null } } });
  });

  // A date that has passed by the worker's clock reads as 0 too.
  it.each([429, 503, 529])('asks again where the provider says %i and to come back at once', async (status) => {
    let calls = 0;
    const fault = { kind: 'http', status, retryAfter: 0 } as const;
    env.model.setScript({
      rules: [{ name: 'busy', when: () => true, answer: () => (++calls === 1 ? { fault } : { text: 'ok' }) }],
    });
    const result = await env.run(plan({ tasks: [task({})] }));
    expect(result).toMatchObject({ status: 'succeeded', tasks: { one: { attempts: 1, error: null } } });
  });

  it('starts nothing more once the provider refuses the key, and goes on when somebody resumes', async () => {
    env.model.setScript({
      rules: [{ name: 'no', when: () => true, answer: () => ({ fault: { kind: 'http', status: 401 } }) }],
    });
    const before = env.model.requests.length;
    const tasks = [task({ id: 'a', phase: 0 }), task({ id: 'b', phase: 1, afterPhase: 0 })];
    const run = await env.start(plan({ phases, tasks }));
    for await (const event of run.events()) {
      if (event.type !== 'run:waiting') continue;
      expect(event).toMatchObject({ cause: 'provider', detail: expect.stringContaining('ANTHROPIC_API_KEY') });
      break;
    }
    expect(env.model.requests.length - before).toBe(1);
    expect((await env.store.runs.find(run.id))?.status).toBe('waiting');
    env.model.setScript({ rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'ok' }) }] });
    await run.resume({ by: 'ann' });
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 2 } });
  });

  it('stops before a call whose worst case goes past the limit', async () => {
    env.model.setScript({ rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'ok' }) }] });
    const before = env.model.requests.length;
    const limits = { ...plan().limits, usd: 0.001 };
    const result = await env.run(plan({ limits }));
    expect(result).toMatchObject({ status: 'stopped', summary: { costUsd: 0 } });
    expect(result.reason).toMatch(/BudgetExceeded: .*raise limits.usd/);
    expect(env.model.requests.length).toBe(before);
  });

  it('ends an agent that goes round in circles, and one that never ends', async () => {
    env.model.setScript({
      rules: [
        { name: 'loop', when: () => true, answer: () => ({ tools: [{ name: 'issue', input: { action: 'list' } }] }) },
      ],
    });
    const looping = await env.run(plan());
    expect(looping.tasks['one']?.error).toContain('goes round in circles');
    env.model.setScript({
      rules: [
        {
          name: 'busy',
          when: () => true,
          answer: (c) => ({ tools: [{ name: 'issue', input: { action: 'create', title: `issue ${c.turn}` } }] }),
        },
      ],
    });
    const endless = await env.run(plan({ agents: { worker: agent({ maxTurns: 4 }) } }));
    expect(endless.tasks['one']?.error).toContain('no end after 4 turns');
  });

  it('stops at its own deadline and aborts the call in flight', async () => {
    env.model.setScript({
      rules: [{ name: 'slow', when: () => true, answer: () => ({ text: 'late', latencyMs: 30_000 }) }],
    });
    const limits = { ...plan().limits, timeoutMs: 300 };
    const result = await env.run(plan({ limits }));
    expect(result).toMatchObject({ status: 'stopped', tasks: { one: { status: 'cancelled' } } });
    expect(env.model.requests.at(-1)?.outcome).toBe('aborted');
  });

  it('ends as cancelled, with the call in flight aborted and nothing held back', async () => {
    env.model.setScript({
      rules: [{ name: 'slow', when: () => true, answer: () => ({ text: 'late', latencyMs: 30_000 }) }],
    });
    const handle = await env.start(plan());
    const stop = new AbortController();
    for await (const event of handle.events({ signal: stop.signal })) if (event.type === 'agent:invoke') stop.abort();
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'cancelled', tasks: { one: { status: 'cancelled' } } });
    expect(env.model.requests.at(-1)?.outcome).toBe('aborted');
    const types = (await env.story(handle.id)).map((event) => event.type);
    // What the call in flight had cost by then is told too.
    expect(types.slice(-4)).toEqual(['run:cancelled', 'agent:answer', 'task:complete', 'workflow:error']);
    expect((await handle.describe()).status).toBe('cancelled');
  });
});
