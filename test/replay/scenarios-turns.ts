import type { Rule, ScriptedAnswer } from '../../src/testing/index.ts';
import { steps } from '../../src/testing/index.ts';
import type { SlowTool } from '../../src/tools/tool.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import { templatePlan } from '../support/plan/shipped-templates.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import { inTurn } from './in-turn.ts';
import type { Scenario } from './scenario.ts';

const json = (value: unknown): ScriptedAnswer => ({ text: JSON.stringify(value) });
const done: Rule = { name: 'done', when: () => true, answer: () => ({ text: 'done' }) };
const slow: Rule = {
  name: 'slow',
  when: (c) => c.prompt === 'Slow',
  answer: () => ({ text: 'done', latencyMs: 1500 }),
};
const opens = (at: number) => ({ name: 'issue', input: { action: 'create', title: `Part ${at}` } });
const split = { name: 'plan_tasks', input: { tasks: [{ id: 'part', profile: 'worker', prompt: 'The part' }] } };

/** Asks a person two things before it comes to its end, as a server of tools does. */
export const asking: SlowTool = {
  ...{ name: 'recorded.ask', kind: 'slow' },
  definition: { name: 'recorded.ask', description: 'asks', input_schema: { type: 'object' } },
  problemOf: () => null,
  effectOf: () => 'pure',
  describe: () => 'recorded.ask',
  async run(_input, { answered }) {
    if (answered?.question.kind === 'answer') return { content: answered.answer.text };
    const kind = answered ? 'answer' : 'agree';
    return { content: '', asks: { kind, what: 'may it?', detail: 'It wants to know.', note: '' } };
  },
};

/** When runs begin, whose turn it is, how agents are chosen and briefed, and how runs are judged. */
export const turnScenarios: Scenario[] = [
  {
    name: 'priority-changed',
    plan: yamlPlan(`
limits: { max_parallel: 1 }
tasks:
  - { id: a, prompt: Slow }
  - { id: b, prompt: B }
  - { id: c, prompt: C }
`),
    rules: [slow, done],
    during: async (run) => {
      await reach(run, 'agent:invoke');
      await run.setPriority({ priority: 'high', by: 'ann' });
      await run.setPriority({ task: 'c', priority: 'urgent', by: 'ann' });
    },
    children: ['a', 'c'],
  },
  { name: 'started-later', plan: yamlPlan('tasks:\n  - { id: a, prompt: A }\n'), rules: [done], startsInMs: 1000 },
  {
    name: 'evaluated',
    plan: yamlPlan(
      `
evaluate:
  checks:
    - { name: good, task: a, judge: Is it good? }
    - { name: says, task: a, contains: done }
tasks:
  - { id: a, prompt: A }
`,
      { agents: [agent({ name: 'judge', tools: [] })] },
    ),
    rules: [
      {
        name: 'judge',
        when: (c) => c.prompt.includes('Is it good?'),
        answer: () => json({ score: 80, reason: 'yes' }),
      },
      done,
    ],
    beside: ['evaluated-evaluation'],
  },
  {
    name: 'tool-asks-a-person',
    plan: plan({ agents: { worker: agent({ tools: [asking.name] }) } }),
    rules: [
      steps('asks', (c) => c.prompt === 'Do one.', [{ tools: [{ name: asking.name, input: {} }] }, { text: 'told' }]),
    ],
    during: async (run) => {
      const { approvalId } = await reach(run, 'approval:requested');
      await run.approve({ id: approvalId, by: 'ann' });
      const { blockerId } = await reach(run, 'blocker:raised');
      await run.answer({ id: blockerId, text: 'red', by: 'ann' });
    },
    children: ['one'],
  },
  {
    name: 'model-left-open',
    plan: yamlPlan(
      `
tasks:
  - id: a
    profile: any
    retry: { max_attempts: 2, backoff: 10ms }
    output: { type: object, properties: { ok: { type: boolean } }, required: [ok] }
    prompt: A
`,
      { agents: [agent({ name: 'any', model: 'auto', tools: [] })] },
    ),
    rules: [{ ...done, answer: ({ model }) => (model.includes('haiku') ? { text: 'no' } : json({ ok: true })) }],
    children: ['a', 'a~2'],
  },
  {
    name: 'summed-up',
    plan: plan({
      context: { maxMessages: 6, pruneAtTokens: 150_000, gist: { tokens: 400, model: 'claude-haiku-4-5' } },
    }),
    rules: [
      { name: 'sums up', when: (c) => c.system.startsWith('You sum up'), answer: () => ({ text: 'in short' }) },
      inTurn(...[1, 2, 3, 4, 5].map((at) => ({ text: `step ${at}`, tools: [opens(at)] })), { text: 'done' }),
    ],
    children: ['one'],
  },
  {
    name: 'branched-off',
    plan: plan({
      tasks: [task({ decompose: true })],
      context: {
        maxMessages: 50,
        strategy: 'hierarchical',
        briefing: { pass: 'summary', passTokens: 400, noteTokens: 2000 },
      },
    }),
    rules: [
      { name: 'part', when: (c) => c.prompt.includes('The part'), answer: () => ({ text: 'did it' }) },
      steps('splits', (c) => c.prompt === 'Do one.', [{ text: 'I split it.', tools: [split] }, { text: 'split' }]),
    ],
    children: ['one', 'part'],
  },
  {
    name: 'negotiated',
    plan: templatePlan('negotiation', { subject: 'a date', first: 'Monday', second: 'Friday', rounds: 1 }).plan,
    rules: [
      {
        name: 'offers',
        when: (c) => c.prompt.includes('Make an offer'),
        answer: () => json({ accepts: false, terms: ['Monday'], reasons: [] }),
      },
      {
        name: 'accepts',
        when: (c) => c.prompt.includes('Accept it as it stands'),
        answer: () => json({ accepts: true, terms: ['Monday'], reasons: [] }),
      },
      {
        ...done,
        answer: () =>
          json({
            agreed: true,
            agreement: ['Monday'],
            reasons: ['both said so'],
            givenUp: { first: '', second: '' },
            confidence: 90,
          }),
      },
    ],
  },
];
