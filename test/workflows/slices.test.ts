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
});
