import type { Rule } from '../../src/testing/index.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import type { Scenario } from './scenario.ts';

const done: Rule = { name: 'done', when: () => true, answer: () => ({ text: 'done' }) };
const slow: Rule = {
  name: 'slow',
  when: (c) => c.prompt.startsWith('Slow'),
  answer: (c) => ({ text: 'done', latencyMs: c.prompt === 'Slower.' ? 30_000 : 2000 }),
};
const asks: Rule = {
  name: 'asks',
  when: (c) => c.prompt === 'Ask.',
  answer: (c) =>
    c.turn < 2
      ? { tools: [{ name: 'issue', input: { action: c.turn === 0 ? 'list' : 'create', title: 'T' } }] }
      : { text: 'asked' },
};
const refuses: Rule = {
  name: 'refuses',
  when: (c) => c.prompt === 'Bad.',
  answer: () => ({ fault: { kind: 'refusal' } }),
};

/** Runs whose tasks are done in slices. */
export const sliceScenarios: Scenario[] = [
  {
    name: 'slices-phases',
    plan: yamlPlan(`
limits: { tasks: auto }
phases:
  - name: One
    tasks:
      - { id: a, prompt: A }
      - { id: b, prompt: B }
      - { id: c, prompt: "C \${{ tasks.a.output }}", depends_on: [a, b] }
  - name: Two
    tasks:
      - { id: each, for_each: [x, y], prompt: "\${{ item }}" }
      - { id: never, when: "\${{ tasks.a.output == 'x' }}", prompt: Never. }
      - { id: bad, prompt: Bad., retry: { max_attempts: 2, backoff: 1ms } }
`),
    rules: [refuses, done],
    children: ['bad'],
  },
  {
    name: 'slices-moved',
    plan: yamlPlan(`
limits: { tasks: auto }
policy: [{ tool: issue, match: "issue create*", action: ask }]
tasks:
  - { id: asks, prompt: Ask. }
  - { id: other, prompt: B }
  - { id: after, prompt: C, depends_on: [asks, other] }
`),
    rules: [asks, done],
    during: async (run) => {
      const { approvalId } = await reach(run, 'approval:requested');
      await run.approve({ id: approvalId, by: 'ann' });
    },
    children: ['asks'],
  },
  {
    name: 'slices-held',
    plan: yamlPlan(`
limits: { tasks: auto }
tasks:
  - { id: given-up, prompt: Slower. }
  - { id: kept, prompt: Slow. }
  - { id: after, prompt: Slow too., depends_on: [kept] }
  - { id: last, prompt: D, depends_on: [after] }
`),
    rules: [slow, done],
    during: async (run) => {
      await reach(run, 'agent:answer');
      await run.pause({ by: 'ann' });
      await run.skip({ task: 'given-up', by: 'ann' });
      await reach(run, 'task:skipped');
      await run.resume({ by: 'ann' });
    },
  },
  {
    name: 'slices-cancelled',
    plan: yamlPlan(`
limits: { tasks: auto }
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: Slower., depends_on: [a] }
  - { id: c, prompt: Slower. }
`),
    rules: [slow, done],
    during: async (run) => {
      for await (const event of run.events()) if (event.type === 'agent:invoke' && event.taskId === 'b') break;
      await run.cancel();
    },
  },
];
