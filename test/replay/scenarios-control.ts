import type { Rule } from '../../src/testing/index.ts';
import { reach } from '../support/run/reach.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { Scenario } from './scenario.ts';

const any: Rule = { name: 'any', when: () => true, answer: () => ({ text: 'done' }) };
const slow: Rule = {
  name: 'slow',
  when: (c) => c.prompt === 'Slow',
  answer: () => ({ text: 'slowly', latencyMs: 1500 }),
};
const blocks: Rule = {
  name: 'blocks',
  when: (c) => c.prompt === 'Blocked' && c.turn === 0,
  answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] }),
};
const asksBash: Rule = {
  name: 'asks',
  when: (c) => c.prompt === 'Push' && c.turn === 0,
  answer: () => ({ tools: [{ name: 'bash', input: { command: 'echo push' } }] }),
};
const help: Rule = { name: 'helps', when: (c) => c.prompt.includes('is blocked'), answer: () => ({ text: 'use 42' }) };
const twoSteps = 'tasks:\n  - { id: a, prompt: Slow }\n  - { id: b, prompt: B, depends_on: [a] }\n';
const threeAtOnce = ['a', 'b', 'c']
  .map((id) => `  - { id: ${id}, prompt: Slow }`)
  .join('\n')
  .replace(/^/, 'tasks:\n');
const policy = 'policy:\n  - { tool: bash, match: "bash echo*", action: ask }\n';

/** What people do to a run while it lives, and runs in flight. */
export const controlScenarios: Scenario[] = [
  {
    name: 'paused-and-resumed',
    plan: yamlPlan(twoSteps),
    rules: [slow, any],
    during: async (run) => {
      await reach(run, 'agent:invoke');
      await run.pause({ by: 'ann' });
      await reach(run, 'run:paused', ({ state }) => state === 'paused');
      await run.resume({ by: 'ann' });
    },
    children: ['a'],
  },
  {
    // One call is held back at a time; the others are called up when it is settled.
    name: 'calls-take-turns',
    plan: yamlPlan(`limits: { usd: 0.0135 }\n${threeAtOnce}`),
    rules: [slow, any],
    children: ['a', 'b', 'c'],
  },
  {
    name: 'calls-take-turns-inline',
    plan: yamlPlan(`limits: { usd: 0.0135, tasks: inline }\n${threeAtOnce}`),
    rules: [slow, any],
  },
  {
    name: 'live-paused',
    plan: yamlPlan(`limits: { tasks: inline }\n${twoSteps}`),
    rules: [slow, any],
    until: async (run) => {
      await reach(run, 'agent:invoke');
      await run.pause({ by: 'ann' });
      await reach(run, 'run:paused', ({ state }) => state === 'paused');
    },
  },
  {
    name: 'approved-tool',
    plan: yamlPlan(`${policy}tasks:\n  - { id: one, prompt: Push }\n`),
    rules: [asksBash, any],
    during: async (run) => {
      const { approvalId } = await reach(run, 'approval:requested');
      await run.approve({ id: approvalId, by: 'ann' });
    },
    children: ['one'],
  },
  {
    name: 'live-waiting-for-approval',
    plan: yamlPlan(`${policy}tasks:\n  - { id: one, prompt: Push }\n`),
    rules: [asksBash, any],
    until: async (run) => void (await reach(run, 'run:waiting')),
    children: ['one'],
  },
  {
    name: 'approval-timed-out',
    plan: yamlPlan(
      'tasks:\n  - { id: one, prompt: A, approval: { at: before, deadline: 300ms, remind: 100ms, on_timeout: deny } }\n',
    ),
    rules: [any],
  },
  {
    name: 'result-rejected',
    plan: yamlPlan('tasks:\n  - { id: one, prompt: A, approval: after }\n'),
    rules: [any],
    during: async (run) => {
      const { approvalId } = await reach(run, 'approval:requested');
      await run.reject({ id: approvalId, by: 'ann', comment: 'no' });
    },
  },
  {
    name: 'blocker-answered',
    plan: yamlPlan('tasks:\n  - { id: one, prompt: Blocked }\n'),
    rules: [blocks, any],
    during: async (run) => {
      const { blockerId } = await reach(run, 'blocker:raised');
      await run.answer({ id: blockerId, text: 'it is 42', by: 'ann' });
    },
    children: ['one'],
  },
  {
    name: 'blocker-resolved-by-manager',
    plan: yamlPlan('manager: foreman\ntasks:\n  - { id: one, prompt: Blocked }\n'),
    rules: [help, blocks, any],
    children: ['one'],
  },
  {
    name: 'budget-raised',
    plan: yamlPlan('limits: { usd: 0.001, on_exceeded: pause }\ntasks:\n  - { id: one, prompt: A }\n'),
    rules: [any],
    during: async (run) => {
      await reach(run, 'run:waiting');
      await run.setLimits({ usd: 1, by: 'ann' });
    },
    children: ['one'],
  },
  {
    name: 'live-waiting-for-budget',
    plan: yamlPlan('limits: { usd: 0.001, on_exceeded: pause, tasks: inline }\ntasks:\n  - { id: one, prompt: A }\n'),
    rules: [any],
    until: async (run) => void (await reach(run, 'run:waiting')),
  },
  {
    name: 'skipped-retried-added',
    plan: yamlPlan(`
tasks:
  - { id: gate, prompt: G, approval: before }
  - { id: good, prompt: A }
  - { id: unwanted, prompt: U, depends_on: [gate] }
`),
    rules: [any],
    during: async (run) => {
      await reach(run, 'task:complete');
      await run.skip({ task: 'unwanted', by: 'ann' });
      await run.retryTask({ task: 'good', by: 'ann' });
      await run.send({ to: 'gate', text: 'hello', from: 'ann' });
      await run.addTasks({ tasks: [{ id: 'extra', profile: 'worker', prompt: 'E' }] });
      await run.approve({ id: 'before/gate', by: 'ann' });
    },
  },
  {
    name: 'cancelled-and-compensated',
    plan: yamlPlan(`
tasks:
  - { id: a, prompt: A, compensate: { bash: "true" } }
  - { id: b, prompt: Slow, depends_on: [a], compensate: { bash: "false" } }
`),
    rules: [{ ...slow, answer: () => ({ text: 'late', latencyMs: 60_000 }) }, any],
    during: async (run) => {
      await reach(run, 'agent:invoke', ({ taskId }) => taskId === 'b');
      await run.cancel();
    },
  },
  {
    name: 'live-compensating',
    plan: yamlPlan(`
on_failure: compensate
tasks:
  - { id: a, prompt: A, compensate: { bash: "sleep 20" } }
  - { id: b, prompt: Fail, depends_on: [a] }
`),
    rules: [{ name: 'refuses', when: (c) => c.prompt === 'Fail', answer: () => ({ fault: { kind: 'refusal' } }) }, any],
    until: async (run) => void (await reach(run, 'compensation:start')),
  },
  {
    name: 'live-in-model-call',
    plan: yamlPlan('tasks:\n  - { id: one, prompt: Slow }\n'),
    rules: [{ ...slow, answer: () => ({ text: 'late', latencyMs: 60_000 }) }],
    until: async (run) => void (await reach(run, 'agent:invoke')),
    children: ['one'],
  },
];
