import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLastEvent } from '../../src/domain/run/run-events.ts';
import { countTasks, emptyRunState, reduceRun } from '../../src/domain/run/run-state.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe('the orchestrator, requirement by requirement', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
  });
  afterAll(() => env.close());

  it('ORCH-001 initialisation: a run is opened with its frozen plan, its limits and an event of each task', async () => {
    const plan = yamlPlan('limits: { usd: 2 }\ntasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: B }\n');
    const run = await env.start(plan, { runId: 'orch-001' });
    await run.result();
    const row = (await env.store.runs.find('orch-001'))!;
    expect(await env.store.runs.plan(row.planHash)).toMatchObject({
      limits: { usd: 2 },
      tasks: [{ id: 'a' }, { id: 'b' }],
    });
    const story = await env.story('orch-001');
    expect(story[0]).toMatchObject({ type: 'workflow:start', taskCount: 2 });
    expect(story.filter((event) => event.type === 'task:added').map((event) => event.taskId)).toEqual(['a', 'b']);
    await expect(env.start(plan, { runId: 'orch-001' })).rejects.toThrow(/already a run orch-001/);
  });

  it('ORCH-002 decomposition: a manager splits a task; who waits for it waits for the parts', async () => {
    env.model.setScript({
      rules: [
        {
          name: 'splits',
          when: (c) => c.prompt.startsWith('Split') && c.turn === 0,
          answer: () => ({
            tools: [
              {
                name: 'plan_tasks',
                input: {
                  tasks: [
                    { id: 'api', profile: 'worker', prompt: 'Build the API' },
                    { id: 'text', profile: 'writer', prompt: 'Describe ${{ inputs.x }}', depends_on: ['api'] },
                  ],
                },
              },
            ],
          }),
        },
        { name: 'split', when: (c) => c.prompt.startsWith('Split'), answer: () => ({ text: 'two parts' }) },
        echo,
      ],
    });
    const run = await env.start(
      yamlPlan(`
manager: foreman
delegates: [worker, writer]
tasks:
  - { id: split, prompt: Split the work, decompose: true, approval: after }
  - { id: sum, prompt: Sum up, depends_on: [split] }
`),
    );
    const { approvalId, detail } = await reach(run, 'approval:requested');
    expect(detail).toContain('api (worker)');
    expect(detail).toContain('text (writer), after api');
    await run.approve({ id: approvalId, by: 'ann' });
    const result = await run.result();
    expect(result).toMatchObject({
      status: 'succeeded',
      tasks: { split: { agent: 'foreman' }, text: { agent: 'writer' } },
    });
    const story = await env.story(run.id);
    const started = story.flatMap((event) => (event.type === 'task:start' ? [event.taskId] : []));
    expect(started).toEqual(['split', 'api', 'text', 'sum']);
    // What a model writes is no expression; the results of what a task waits for come with its prompt.
    expect(result.tasks['text']!.output).toBe('did: Describe ${{ inputs.x }}\n\nResult of api:\ndid: Build the API');
  });

  it('ORCH-002 decomposition: a bad plan goes back to the manager, with everything that is wrong', async () => {
    const asked: string[] = [];
    const plans = (id: string, profile: string, depends: string) => ({
      tools: [{ name: 'plan_tasks', input: { tasks: [{ id, profile, prompt: 'Do', depends_on: [depends] }] } }],
    });
    env.model.setScript({
      rules: [
        {
          name: 'bad',
          when: (c) => c.turn === 0 && c.prompt === 'Split',
          answer: () => plans('x', 'nobody', 'nothing'),
        },
        {
          name: 'sly',
          when: (c) => c.turn === 1 && c.prompt === 'Split',
          answer: (c) => {
            asked.push(c.lastResults[0]!.content);
            const tasks = [{ id: 'y', prompt: 'Y', compensate: { bash: 'id' } }];
            return { tools: [{ name: 'plan_tasks', input: { tasks } }] };
          },
        },
        {
          name: 'told',
          when: (c) => c.turn === 2 && c.prompt === 'Split',
          answer: (c) => {
            asked.push(c.lastResults[0]!.content);
            return { text: 'then not' };
          },
        },
        echo,
      ],
    });
    const result = await env.run(
      yamlPlan('tasks:\n  - { id: split, prompt: Split, profile: foreman, decompose: true }\n'),
    );
    expect(Object.keys(result.tasks)).toEqual(['split']);
    expect(asked[0]).toMatch(/nobody/);
    expect(asked[0]).toMatch(/nothing/);
    expect(asked[1]).toMatch(/no key compensate/);
  });

  it('ORCH-005 error recovery: retries with backoff, then tells the cause and goes on with what does not need it', async () => {
    let tries = 0;
    env.model.setScript({
      rules: [
        {
          name: 'twice',
          when: (c) => c.prompt === 'Flaky',
          answer: () => (++tries < 3 ? { fault: { kind: 'refusal' } } : { text: 'at last' }),
        },
        { name: 'never', when: (c) => c.prompt === 'Broken', answer: () => ({ fault: { kind: 'refusal' } }) },
        echo,
      ],
    });
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: flaky, prompt: Flaky, retry: { max_attempts: 3, backoff: 20ms } }
  - { id: broken, prompt: Broken, retry: { max_attempts: 2, backoff: 20ms } }
  - { id: needs, prompt: N, depends_on: [broken] }
`),
    );
    expect(result).toMatchObject({
      status: 'partial',
      tasks: {
        flaky: { status: 'succeeded', attempts: 3 },
        broken: { status: 'failed', attempts: 2 },
        needs: { status: 'skipped', error: 'it needs broken, which failed' },
      },
    });
    const story = await env.story(result.runId);
    const errors = story.flatMap((event) => (event.type === 'task:error' ? [[event.taskId, event.willRetry]] : []));
    expect(errors.filter(([id]) => id === 'broken')).toEqual([
      ['broken', true],
      ['broken', false],
    ]);
  });

  it('ORCH-006 context: tasks of one context go on with its history, one at a time; others start anew', async () => {
    env.model.setScript({
      rules: [{ name: 'counts', when: () => true, answer: (c) => ({ text: `${c.messages.length} messages` }) }],
    });
    const result = await env.run(
      yamlPlan(`
tasks:
  - { id: first, prompt: A, context_name: shared }
  - { id: second, prompt: B, context_name: shared }
  - { id: alone, prompt: C }
`),
    );
    expect(result.tasks).toMatchObject({
      first: { output: '1 messages' },
      second: { output: '3 messages' },
      alone: { output: '1 messages' },
    });
  });

  it('ORCH-009 to ORCH-011 events, state and progress: numbered without gaps, and they add up to the result', async () => {
    env.model.setScript({
      rules: [{ name: 'bad', when: (c) => c.prompt === 'Bad', answer: () => ({ fault: { kind: 'refusal' } }) }, echo],
    });
    const run = await env.start(
      yamlPlan(`
phases:
  - { name: One, tasks: [{ id: a, prompt: A }, { id: b, prompt: Bad }] }
  - { name: Two, tasks: [{ id: c, prompt: C, approval: before }, { id: d, prompt: D, when: "\${{ false || false }}" }] }
`),
    );
    const { approvalId } = await reach(run, 'approval:requested');
    const between = (await env.story(run.id)).reduce(reduceRun, emptyRunState);
    expect(countTasks(between)).toMatchObject({ succeeded: 1, failed: 1, waiting: 1, pending: 1 });
    await run.approve({ id: approvalId, by: 'ann' });
    const result = await run.result();
    const story = await env.story(run.id);
    expect(story.map(({ seq }) => seq)).toEqual(story.map((_, index) => index + 1));
    expect(story.filter(isLastEvent)).toEqual([story.at(-1)]);
    const state = story.reduce(reduceRun, emptyRunState);
    expect(state.status).toBe(result.status);
    expect(Object.fromEntries([...state.tasks].map(([id, { status }]) => [id, status]))).toEqual(
      Object.fromEntries(Object.entries(result.tasks).map(([id, { status }]) => [id, status])),
    );
    expect(state.tokens).toBe(result.summary.totalTokens);
    expect(state.costUsd).toBeCloseTo(result.summary.costUsd, 9);
    expect(state.phases).toMatchObject([
      { name: 'One', status: 'complete' },
      { name: 'Two', status: 'complete' },
    ]);
  });
});
