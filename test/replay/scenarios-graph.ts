import type { Rule } from '../../src/testing/index.ts';
import { scriptPlan } from '../support/plan/script-plan.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { Scenario } from './scenario.ts';

const answer = (name: string, begins: string, text: string | (() => string)): Rule => ({
  name,
  when: (c) => c.prompt.startsWith(begins),
  answer: () => ({ text: typeof text === 'string' ? text : text() }),
});
const any: Rule = { name: 'any', when: () => true, answer: () => ({ text: 'done' }) };
const refuses = (prompt: string): Rule => ({
  name: 'refuses',
  when: (c) => c.prompt === prompt,
  answer: () => ({ fault: { kind: 'refusal' } }),
});

/** Counts up with every answer. */
function scores(): Rule {
  let round = 0;
  return answer('scores', 'Score', () => JSON.stringify({ score: 40 * ++round }));
}

const script = `
phase('One')
const [a, b] = await parallel([() => agent('A', { label: 'first' }), () => agent('B', { agentType: 'critic' })])
log(a + b)
await new Promise((done) => setTimeout(done, 20))
const c = (await agent('Fail')) ?? (await agent('C'))
phase('Two')
agent('Slow', { label: 'left' })
const rest = await pipeline(['d', 'e'], (item) => agent('Of ' + item), (text, item) => agent('After ' + item))
return { c, rest }`;
const scriptRules: Rule[] = [
  refuses('Fail'),
  { name: 'slow', when: (c) => c.prompt === 'Slow', answer: () => ({ text: 'late', latencyMs: 60_000 }) },
  any,
];

const pooled = yamlPlan(`
agents: { worker: { max_concurrent_tasks: 2 } }
pool: [{ id: one, track: front }, { id: two }, { id: three }]
tracks: { front: [a, b], back: [c, d] }
tasks:
  - { id: a, prompt: A, context: { of: [a] }, max_tokens: 500 }
  - { id: b, prompt: B }
  - { id: c, prompt: C, retry: { max_attempts: 2, backoff: 10ms } }
  - { id: d, prompt: D, depends_on: [c] }
  - { id: e, prompt: E }
`);

/** Graphs: dependencies, conditions, loops, fan-outs, structured outputs, added tasks, compensations. */
export const graphScenarios: Scenario[] = [
  {
    name: 'graph',
    plan: yamlPlan(`
limits: { max_parallel: 2 }
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: B, depends_on: [a], priority: high }
  - { id: c, prompt: C, depends_on: [a] }
  - { id: d, prompt: D, depends_on: [b, c], join: any }
`),
    rules: [any],
    children: ['a'],
  },
  {
    name: 'pool',
    plan: pooled,
    rules: [any],
  },
  {
    name: 'pool-moved',
    plan: pooled,
    rules: [any],
    moveAfterEvents: 30,
  },
  {
    name: 'conditions-and-fan-out',
    plan: yamlPlan(`
tasks:
  - { id: plan, prompt: Plan, output: { type: object, properties: { parts: { type: array } } } }
  - { id: build, for_each: "\${{ tasks.plan.output.parts }}", prompt: "Build \${{ item }}", depends_on: [plan] }
  - { id: none, for_each: "\${{ [] }}", prompt: "Never", depends_on: [plan] }
  - { id: off, when: "\${{ size(tasks.plan.output.parts) > 5 }}", prompt: Never, depends_on: [plan] }
`),
    rules: [answer('plan', 'Plan', '{"parts":["a","b","c"]}'), any],
    children: ['build[1]'],
  },
  {
    name: 'joins-behind-skipped',
    plan: yamlPlan(`
tasks:
  - { id: route, prompt: Route, output: { type: object, properties: { go: { type: string } }, required: [go] } }
  - { id: a, when: "\${{ tasks.route.output.go == 'a' }}", prompt: A, depends_on: [route] }
  - { id: b, when: "\${{ tasks.route.output.go == 'b' }}", prompt: B, depends_on: [route] }
  - { id: both, prompt: Both, depends_on: [a, b] }
  - { id: either, prompt: Either, depends_on: [a, b], join: any }
  - { id: none, for_each: "\${{ [] }}", prompt: Never, depends_on: [route] }
  - { id: after, prompt: After, depends_on: [none] }
  - { id: behind, prompt: Behind, depends_on: [{ task: none, on: any_end }, either] }
`),
    rules: [answer('route', 'Route', '{"go":"a"}'), any],
    children: [],
  },
  {
    name: 'loops',
    plan: yamlPlan(`
phases:
  - name: Review
    repeat: { until: "\${{ tasks.score.output.score >= 80 }}", max: 3 }
    tasks:
      - { id: score, prompt: Score, output: { type: object, properties: { score: { type: number } } } }
tasks:
  - { id: again, prompt: Again, repeat: { until: "\${{ false }}", max: 2 } }
`),
    rules: [scores(), any],
    children: ['score#2'],
  },
  {
    name: 'repaired-output',
    plan: yamlPlan(`
tasks:
  - { id: one, prompt: Count, output: { type: object, properties: { n: { type: integer } }, required: [n] } }
`),
    rules: [
      { name: 'wrong at first', when: (c) => c.messages.length === 1, answer: () => ({ text: '{"n": "7"}' }) },
      answer('n', '', '{"n":7}'),
    ],
    children: ['one'],
  },
  {
    name: 'kept-end',
    plan: yamlPlan(`
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: B, depends_on: [a] }
`),
    rules: [any],
    children: ['a'],
  },
  {
    name: 'inline-tasks',
    plan: yamlPlan(`
limits: { tasks: inline }
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: B, depends_on: [a] }
`),
    rules: [any],
  },
  {
    name: 'planned-tasks',
    plan: yamlPlan(`
manager: foreman
tasks:
  - { id: split, prompt: Split, decompose: true }
  - { id: sum, prompt: Sum, depends_on: [split] }
`),
    rules: [
      {
        name: 'plans',
        when: (c) => c.prompt.startsWith('Split') && c.turn === 0,
        answer: () => ({
          tools: [{ name: 'plan_tasks', input: { tasks: [{ id: 'part', profile: 'worker', prompt: 'Part' }] } }],
        }),
      },
      any,
    ],
    children: ['split'],
  },
  {
    name: 'compensated',
    plan: yamlPlan(`
on_failure: compensate
tasks:
  - { id: a, prompt: A, compensate: { bash: "true" } }
  - { id: b, prompt: B, depends_on: [a], compensate: { prompt: Undo it, profile: writer } }
  - { id: c, prompt: Fail, depends_on: [b] }
`),
    rules: [refuses('Fail'), any],
  },
  {
    name: 'goes-on-as-new',
    moveAfterEvents: 30,
    plan: yamlPlan(`
limits: { max_parallel: 2 }
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: B, depends_on: [a] }
  - { id: c, prompt: C, depends_on: [a] }
  - { id: d, prompt: D, depends_on: [b, c] }
  - { id: e, prompt: E, depends_on: [d] }
`),
    rules: [any],
  },
  {
    name: 'undo-goes-on-as-new',
    moveAfterEvents: 30,
    plan: yamlPlan(`
limits: { tasks: inline }
on_failure: compensate
tasks:
  - { id: a, prompt: A, compensate: { bash: "true" } }
  - { id: b, prompt: B, depends_on: [a], compensate: { bash: "false" } }
  - { id: c, prompt: C, depends_on: [b], compensate: { bash: "true" } }
  - { id: d, prompt: D, depends_on: [c], compensate: { bash: "true" } }
  - { id: e, prompt: Fail, depends_on: [d] }
`),
    rules: [refuses('Fail'), any],
  },
  {
    name: 'task-goes-on-as-new',
    moveAfterEvents: 30,
    plan: yamlPlan('tasks:\n  - { id: long, prompt: Write }\n'),
    rules: [
      {
        name: 'writes',
        when: (c) => c.turn < 6,
        answer: ({ turn }) => ({
          tools: [{ name: 'filesystem', input: { action: 'write', path: `${turn}.txt`, content: 'x' } }],
        }),
      },
      any,
    ],
    children: ['long'],
  },
  {
    name: 'script',
    plan: scriptPlan(script),
    rules: scriptRules,
  },
  {
    name: 'script-moved',
    plan: scriptPlan(script),
    rules: scriptRules,
    moveAfterEvents: 30,
  },
  {
    name: 'stopped-by-failure',
    plan: yamlPlan(`
on_failure: stop
tasks:
  - { id: a, prompt: Fail }
  - { id: b, prompt: Slow }
`),
    rules: [
      refuses('Fail'),
      { name: 'slow', when: (c) => c.prompt === 'Slow', answer: () => ({ text: 'late', latencyMs: 60_000 }) },
    ],
  },
];
