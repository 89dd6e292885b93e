import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { reach } from '../support/run/reach.ts';
import { openRunEnv } from '../support/run/run-env.ts';

describe('a run whose tasks are done in slices (auto)', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  const plan = (text: string) => yamlPlan(`limits: { tasks: auto }\n${text}`);
  // Steps that are not local, and child workflows, in order.
  const stepsOf = async (run: Run): Promise<string[]> => {
    const { temporalRunId } = (await env.store.runs.find(run.id))!;
    const executions = await env.temporal.executionsOf(run.id, temporalRunId);
    return executions.flatMap(({ history }) =>
      (history.events ?? []).flatMap(
        (event) =>
          event.activityTaskScheduledEventAttributes?.activityType?.name ??
          event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ??
          [],
      ),
    );
  };

  it('takes a whole phase in one step, successors included', async () => {
    env.model.setScript({ rules: [{ name: 'all', when: () => true, answer: (c) => ({ text: `did ${c.prompt}` }) }] });
    const text = `tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: B }
  - { id: c, prompt: "C \${{ tasks.a.output }}", depends_on: [a, b] }
  - { id: d, prompt: D, depends_on: [c] }
`;
    const run = await env.start(plan(text), { runId: 'slice-graph' });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', tasks: { c: { output: 'did C did A' }, d: { attempts: 1 } } });
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
    expect(await stepsOf(run)).toEqual(['runSlice', 'finishRun']);
  });

  it('moves a task that needs more into a workflow of its own, where it stood', async () => {
    env.model.setScript({
      rules: [
        {
          name: 'asks',
          when: (c) => c.prompt === 'Ask.',
          answer: (c) =>
            c.turn < 2
              ? { tools: [{ name: 'issue', input: c.turn === 0 ? { action: 'list' } : { action: 'close', id: '#1' } }] }
              : { text: 'asked' },
        },
        { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
      ],
    });
    const text = `policy: [{ tool: issue, match: "issue close*", action: ask }]
tasks:
  - { id: asks, prompt: Ask. }
  - { id: other, prompt: Do it. }
  - { id: after, prompt: Do it too., depends_on: [asks] }
`;
    const run = await env.start(plan(text), { runId: 'slice-moves' });
    const { approvalId } = await reach(run, 'approval:requested');
    await run.approve({ id: approvalId, by: 'ann' });
    expect(await run.result()).toMatchObject({
      status: 'succeeded',
      tasks: { asks: { output: 'asked', attempts: 1, turns: 3 } },
    });
    expect(env.model.requests.filter(({ callKey }) => callKey?.includes('/asks~'))).toHaveLength(3);
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
    const steps = await stepsOf(run);
    expect(steps.filter((step) => step !== 'runSlice' && step !== 'finishRun').slice(0, 1)).toEqual([
      'slice-moves/asks',
    ]);
  });

  it('ends a task of a slice that a person gives up, and no other one', async () => {
    env.model.setScript({
      rules: [
        { name: 'slow', when: (c) => c.prompt === 'Slow.', answer: () => ({ text: 'late', latencyMs: 60_000 }) },
        {
          name: 'waits',
          when: (c) => c.prompt === 'Wait.',
          answer: () => ({ text: 'waited', latencyMs: 3000 }),
        },
      ],
    });
    const text = `tasks:
  - { id: slow, prompt: Slow. }
  - { id: waits, prompt: Wait. }
`;
    const run = await env.start(plan(text), { runId: 'slice-skip' });
    await until('both are asked', async () => {
      const asked = (await env.story(run.id)).filter(({ type }) => type === 'agent:invoke');
      return asked.length === 2;
    });
    await run.skip({ task: 'slow', by: 'ann' });
    expect(await run.result()).toMatchObject({
      tasks: { slow: { status: 'skipped' }, waits: { status: 'succeeded', output: 'waited' } },
    });
    expect(env.model.requests.filter(({ callKey }) => callKey?.includes('/waits~'))).toHaveLength(1);
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('tries a task anew in the next slice, and has no more at work than the run may', async () => {
    let refusals = 0;
    env.model.setScript({
      rules: [
        {
          name: 'refuses',
          when: (c) => c.prompt === 'Bad.' && refusals++ === 0,
          answer: () => ({ fault: { kind: 'refusal' } }),
        },
        { name: 'rest', when: () => true, answer: () => ({ text: 'done', latencyMs: 200 }) },
      ],
    });
    const many = Array.from({ length: 6 }, (_, index) => `  - { id: t${index}, prompt: "T ${index}" }`).join('\n');
    const text = `tasks:\n  - { id: bad, prompt: Bad., retry: { max_attempts: 2, backoff: 1ms } }\n${many}\n`;
    const few = yamlPlan(`limits: { tasks: auto, max_parallel: 2 }\n${text}`);
    const run = await env.start(few, { runId: 'slice-few' });
    expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { bad: { attempts: 2 } } });
    const asked = env.model.requests.filter(({ callKey }) => /\/t\d~/.test(callKey ?? '')).map(({ at }) => at);
    for (const [index, at] of asked.entries()) expect(at - (asked[index - 2] ?? 0)).toBeGreaterThanOrEqual(199);
    expect(await violations(env, run.runKey, [], { plan: few })).toEqual([]);
  });

  it('gives a task as long as its timeout says, however long that is', async () => {
    env.model.setScript({
      rules: [{ name: 'all', when: () => true, answer: () => ({ text: 'done', latencyMs: 50 }) }],
    });
    const long = plan('tasks: [{ id: long, prompt: Long., timeout: 30d }]\n');
    const run = await env.start(long, { runId: 'slice-long' });
    expect(await run.result()).toMatchObject({ status: 'succeeded', tasks: { long: { attempts: 1 } } });
  });

  const asked = (runId: string, count: number) =>
    until(`${count} are asked`, async () => {
      const told = (await env.story(runId)).filter(({ type }) => type === 'agent:invoke');
      return told.length === count;
    });
  const outcomesOf = (task: string) =>
    env.model.requests.filter(({ callKey }) => callKey?.includes(`/${task}~`)).map(({ outcome }) => outcome);
  const slowOnes = {
    rules: [
      {
        name: 'slow',
        when: (c: { prompt: string }) => c.prompt === 'Slow.',
        answer: () => ({ text: 'late', latencyMs: 60_000 }),
      },
      {
        name: 'waits',
        when: (c: { prompt: string }) => c.prompt === 'Wait.',
        answer: () => ({ text: 'waited', latencyMs: 3000 }),
      },
      { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
    ],
  };

  it('ends what a slice began by itself when the run is cancelled after a task was given up', async () => {
    env.model.setScript(slowOnes);
    const text = `tasks:
  - { id: first, prompt: Slow. }
  - { id: second, prompt: Do it. }
  - { id: third, prompt: Slow., depends_on: [second] }
`;
    const run = await env.start(plan(text), { runId: 'slice-skip-cancel' });
    await asked(run.id, 3);
    await run.skip({ task: 'first', by: 'ann' });
    await until('the first is stopped', () => outcomesOf('first')[0] === 'aborted');
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled', tasks: { second: { status: 'succeeded' } } });
    expect(outcomesOf('third')).toEqual(['aborted']);
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('ends what a slice began by itself when a person gives it up, and no other one', async () => {
    env.model.setScript(slowOnes);
    const text = `tasks:
  - { id: before, prompt: Do it. }
  - { id: follower, prompt: Slow., depends_on: [before] }
  - { id: stays, prompt: Wait., depends_on: [before] }
`;
    const run = await env.start(plan(text), { runId: 'slice-skip-follower' });
    await asked(run.id, 3);
    await run.skip({ task: 'follower', by: 'ann' });
    expect(await run.result()).toMatchObject({
      tasks: { before: { status: 'succeeded' }, follower: { status: 'skipped' }, stays: { status: 'succeeded' } },
    });
    expect(outcomesOf('follower')).toEqual(['aborted']);
    expect(outcomesOf('stays')).toEqual(['answered']);
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('leaves a task succeeded that is given up when its slice has done it', async () => {
    env.model.setScript(slowOnes);
    const text = `tasks:
  - { id: over, prompt: Do it. }
  - { id: lasts, prompt: Wait. }
`;
    const run = await env.start(plan(text), { runId: 'slice-skip-late' });
    await until('one is done', async () => (await env.story(run.id)).some(({ type }) => type === 'task:complete'));
    await run.skip({ task: 'over', by: 'ann' });
    expect(await run.result()).toMatchObject({
      status: 'succeeded',
      tasks: { over: { status: 'succeeded' }, lasts: { status: 'succeeded' } },
    });
    const rows = await env.store.runs.tasks(run.runKey);
    expect(rows.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(await violations(env, run.runKey, [], { plan: plan(text) })).toEqual([]);
  });

  it('does no task anew while a slice may be at work on what follows from it', async () => {
    env.model.setScript(slowOnes);
    const text = `tasks:
  - { id: early, prompt: Do it. }
  - { id: asked, prompt: Do it., approval: before }
  - { id: after, prompt: Do it., depends_on: [asked] }
  - { id: last, prompt: Wait., depends_on: [early, after] }
`;
    const run = await env.start(plan(text), { runId: 'slice-redo' });
    const { approvalId } = await reach(run, 'approval:requested');
    await reach(run, 'task:complete');
    await run.approve({ id: approvalId, by: 'ann' });
    await asked(run.id, 4);
    await expect(run.retryTask({ task: 'early', descendants: true, by: 'ann' })).rejects.toThrow(/may be at work/);
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
  });
});
