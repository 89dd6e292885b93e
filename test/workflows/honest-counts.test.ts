import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOutcomes } from '../../src/domain/run/run-end.ts';
import { emptyRunState, reduceRun, type RunState } from '../../src/domain/run/run-state.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const rules = [
  {
    name: 'slow',
    when: (c: ScriptedConversation) => c.prompt === 'Slow',
    answer: () => ({ text: 'x', latencyMs: 30_000 }),
  },
  {
    name: 'bad',
    when: (c: ScriptedConversation) => c.prompt === 'Bad',
    answer: () => ({ fault: { kind: 'refusal' as const }, latencyMs: 500 }),
  },
  { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) },
];

describe('result and story of a run say the same of every task', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules } });
  });
  afterAll(() => env.close());
  const stateOf = async (runId: string): Promise<RunState> => (await env.story(runId)).reduce(reduceRun, emptyRunState);
  const agree = async (result: RunResult): Promise<void> => {
    const state = await stateOf(result.runId);
    const statuses = (tasks: Iterable<[string, { status: string }]>) =>
      Object.fromEntries([...tasks].map(([id, { status }]) => [id, status]));
    expect(statuses(state.tasks)).toEqual(statuses(Object.entries(result.tasks)));
    expect(result.summary).toMatchObject(countOutcomes([...state.tasks.values()].map(({ status }) => status)));
  };

  it('calls what on_failure: stop cut off cancelled, not failed', async () => {
    const tasks =
      'tasks:\n  - { id: slow, prompt: Slow }\n  - { id: bad, prompt: Bad }\n  - { id: late, prompt: L, depends_on: [bad] }\n';
    const result = await env.run(yamlPlan(`on_failure: stop\n${tasks}`));
    expect(result).toMatchObject({
      status: 'failed',
      summary: { failedTasks: 1, cancelledTasks: 1, skippedTasks: 1, successfulTasks: 0 },
    });
    await agree(result);
  });

  it('counts no failed task where somebody cancelled', async () => {
    const run = await env.start(
      yamlPlan('tasks:\n  - { id: slow, prompt: Slow }\n  - { id: late, prompt: L, depends_on: [slow] }\n'),
    );
    await reach(run, 'agent:invoke');
    await run.cancel();
    const result = await run.result();
    expect(result).toMatchObject({
      ...{ status: 'cancelled', summary: { failedTasks: 0, cancelledTasks: 1, skippedTasks: 1 } },
    });
    await agree(result);
  });

  it.each([
    { approval: 'after', decision: 'approve', end: 'succeeded' },
    { approval: '{ at: after, when: "${{ true }}" }', decision: 'approve', end: 'succeeded' },
    { approval: 'after', decision: 'reject', end: 'failed' },
  ] as const)('has a task wait until somebody decided about its result: $approval, $decision', async (told) => {
    const run = await env.start(yamlPlan(`tasks:\n  - { id: a, prompt: A, approval: ${told.approval} }\n`));
    const { approvalId } = await reach(run, 'approval:requested');
    const between = await stateOf(run.id);
    expect(between.tasks.get('a')).toMatchObject({ status: 'waiting', waitsFor: { cause: 'approval' } });
    await run[told.decision]({ id: approvalId, by: 'ann' });
    const result = await run.result();
    expect(result.tasks['a']?.status).toBe(told.end);
    await agree(result);
  });

  it('agrees on a task that was cancelled before somebody decided about its result', async () => {
    const run = await env.start(yamlPlan('tasks:\n  - { id: a, prompt: A, approval: after }\n'));
    await reach(run, 'approval:requested');
    await run.cancel();
    await agree(await run.result());
  });
});
