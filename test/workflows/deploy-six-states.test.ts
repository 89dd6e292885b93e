import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { Rule } from '../../src/testing/index.ts';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { NextVersion } from '../support/run/next-version.ts';
import { buildNextVersion } from '../support/run/next-version.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const slow: Rule = {
  name: 'slow',
  when: (c) => c.prompt === 'Slow',
  answer: () => ({ text: 'slowly', latencyMs: 4000 }),
};
const refuses: Rule = {
  name: 'refuses',
  when: (c) => c.prompt === 'Fail',
  answer: () => ({ fault: { kind: 'refusal' } }),
};
const asks: Rule = {
  name: 'asks',
  when: (c) => c.prompt === 'Push' && c.turn === 0,
  answer: () => ({ tools: [{ name: 'bash', input: { command: 'echo pushed' } }] }),
};
const any: Rule = { name: 'any', when: () => true, answer: (c) => ({ text: `did ${c.prompt}` }) };
const then = '  - { name: Later, tasks: [{ id: later, prompt: L }] }\n';

interface State {
  name: string;
  text: string;
  reach: (run: Run) => Promise<unknown>;
  goOn: (run: Run) => Promise<unknown>;
  status: string;
}

const states: State[] = [
  {
    name: 'in a model call',
    text: `phases:\n  - { name: Now, tasks: [{ id: one, prompt: Slow }] }\n${then}`,
    reach: (run) => reach(run, 'agent:invoke'),
    goOn: async () => undefined,
    status: 'succeeded',
  },
  {
    name: 'paused',
    text: `limits: { tasks: inline }\nphases:\n  - { name: Now, tasks: [{ id: one, prompt: A, approval: before }] }\n${then}`,
    reach: async (run) => {
      await reach(run, 'approval:requested');
      await run.pause({ by: 'ann' });
      await reach(run, 'run:paused', ({ state }) => state === 'paused');
    },
    goOn: async (run) => {
      await run.resume({ by: 'ann' });
      await run.approve({ id: 'before/one', by: 'ann' });
    },
    status: 'succeeded',
  },
  {
    name: 'waiting for the approval of a tool',
    text: `policy: [{ tool: bash, action: ask }]\nphases:\n  - { name: Now, tasks: [{ id: one, prompt: Push }] }\n${then}`,
    reach: (run) => reach(run, 'run:waiting'),
    goOn: async (run) => {
      const [waiting] = await run.waiting();
      await run.approve({ id: waiting!.id, by: 'ann' });
    },
    status: 'succeeded',
  },
  {
    name: 'waiting for a budget',
    text: `limits: { usd: 0.001, on_exceeded: pause }\nphases:\n  - { name: Now, tasks: [{ id: one, prompt: A }] }\n${then}`,
    reach: (run) => reach(run, 'run:waiting'),
    goOn: (run) => run.setLimits({ usd: 1, by: 'ann' }),
    status: 'succeeded',
  },
  {
    name: 'compensating',
    text: `on_failure: compensate
phases:
  - { name: Now, tasks: [{ id: one, prompt: A, compensate: { bash: sleep 2 } }, { id: two, prompt: Fail }] }
`,
    reach: (run) => reach(run, 'compensation:start'),
    goOn: async () => undefined,
    status: 'failed',
  },
  {
    name: 'between two attempts',
    text: `phases:
  - { name: Now, tasks: [{ id: one, prompt: Fail, retry: { max_attempts: 2, backoff: 3s } }] }
${then}`,
    reach: (run) => reach(run, 'task:error'),
    goOn: async () => undefined,
    status: 'partial',
  },
];

describe('a deploy with runs in six states', () => {
  let env: RunEnv;
  let next: NextVersion;
  let worker: RunningWorker;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [slow, refuses, asks, any] }, withWorker: false });
    next = await buildNextVersion();
    worker = await startWorker(env.settings);
  });
  afterAll(async () => {
    await worker.stop();
    await env.close();
    next.remove();
  });

  it('goes on with each of them on the new code, and uses its new steps from there on', async () => {
    const runs = await Promise.all(states.map(({ text }) => env.start(yamlPlan(text))));
    await Promise.all(states.map((state, index) => state.reach(runs[index]!)));
    await worker.stop();
    worker = await startWorker({ ...env.settings, workflowBundle: next.workflowBundle });
    await Promise.all(states.map((state, index) => state.goOn(runs[index]!)));
    for (const [index, { name, status }] of states.entries()) {
      const result = await runs[index]!.result();
      expect({ name, status: result.status }).toEqual({ name, status });
      const notes = (await env.story(result.runId)).flatMap((event) =>
        event.type === 'run:limits' ? [event.detail] : [],
      );
      const begins = status === 'failed' ? [] : ['Later'];
      expect({ name, notes: notes.filter((detail) => detail === 'Later') }).toEqual({ name, notes: begins });
    }
  });
});
