import type { Run } from '../../src/client/index.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Rule, ScriptedAnswer } from '../../src/testing/index.ts';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import type { Scenario } from './scenario.ts';

const tools = ['ask', 'send_message', 'state_get', 'state_set', 'state_lock', 'state_wait', 'issue'];
const uses = (name: string, input: JsonObject): ScriptedAnswer => ({ tools: [{ name, input }] });
const slowly = (answer: ScriptedAnswer): ScriptedAnswer => ({ ...answer, latencyMs: 1500 });
const done: Rule = { name: 'done', when: () => true, answer: () => ({ text: 'done' }) };

/** What whoever was first asked for that answers turn by turn, whatever is said to it in between. */
function plays(prompt: string, ...answers: ScriptedAnswer[]): Rule {
  return {
    name: prompt,
    when: ({ messages }) => JSON.stringify(messages[0]).includes(prompt),
    answer({ messages }) {
      const turn = messages.filter(({ role }) => role === 'assistant').length;
      return answers[Math.min(turn, answers.length - 1)]!;
    },
  };
}

/** The plan of a crew whose agents talk and share: tasks are child workflows, or stand in the run. */
function crew(tasks: 'child' | 'inline', text: string): Plan {
  const limits = `limits: { max_parallel: 2, tasks: ${tasks} }`;
  return yamlPlan(`communication: true\n${limits}\ntasks:\n${text}`, { agents: [agent({ tools })] });
}

/** The scenario both ways: with the histories of those children, and as `NAME-inline` without any. */
function bothWays({ text, ...scenario }: Omit<Scenario, 'plan'> & { text: string }): Scenario[] {
  const { children: _, ...inline } = scenario;
  return [
    { ...scenario, plan: crew('child', text) },
    { ...inline, name: `${scenario.name}-inline`, plan: crew('inline', text) },
  ];
}

const stands = (run: Run) => reach(run, 'task:waiting', ({ taskId }) => taskId === 'waiter');
const waiter = plays('Wait for it', uses('state_wait', { key: 'page', deadline: '1h' }), { text: 'it is there' });
const writer = plays('Write it', uses('state_set', { key: 'page', value: 1 }), { text: 'written' });
const waiterAndGate = `
  - { id: waiter, prompt: Wait for it }
  - { id: writer, prompt: Write it, approval: before }
`;
const chain = ['a', 'b', 'c', 'd']
  .map((id, at, all) => `  - { id: ${id}, prompt: Do it${at > 0 ? `, depends_on: [${all[at - 1]}]` : ''} }\n`)
  .join('');

/** Agents that write to each other, wait for each other, and share. */
export const crewScenarios: Scenario[] = [
  ...bothWays({
    name: 'asked-who-ended',
    text: '  - { id: idle, prompt: Be idle }\n  - { id: asker, prompt: Ask it, depends_on: [idle] }\n',
    rules: [
      plays('Ask it', uses('ask', { to: 'idle', text: 'Which colour?' }), { text: 'I know' }),
      plays('Be idle', { text: 'ready' }, { text: 'It is green.' }),
    ],
    children: ['asker'],
  }),
  ...bothWays({
    name: 'asked-at-work',
    text: '  - { id: busy, prompt: Be busy }\n  - { id: asker, prompt: Ask it }\n',
    rules: [
      plays('Ask it', uses('ask', { to: 'busy', text: 'What time is it?' }), { text: 'I know' }),
      plays(
        'Be busy',
        slowly(uses('issue', { action: 'list' })),
        uses('send_message', { to: 'asker', kind: 'response', text: 'It is late.' }),
        { text: 'done' },
      ),
    ],
    children: ['asker', 'busy'],
  }),
  {
    name: 'asked-each-other',
    plan: crew('child', '  - { id: one, prompt: The first }\n  - { id: two, prompt: The second }\n'),
    rules: [
      plays('The first', uses('ask', { to: 'two', text: 'You?' }), { text: 'done' }),
      plays('The second', uses('ask', { to: 'one', text: 'You?' }), { text: 'done' }),
    ],
    children: ['one'],
  },
  {
    name: 'handed-over',
    plan: crew(
      'child',
      `
  - { id: taker, prompt: Take it }
  - { id: giver, prompt: Give it, depends_on: [taker] }
  - { id: helper, prompt: Keep on, depends_on: [giver] }
`,
    ),
    rules: [
      plays(
        'Give it',
        uses('send_message', { to: 'taker', kind: 'handoff', text: 'Half is done.', afterwards: 'end' }),
      ),
      plays('Keep on', uses('send_message', { to: 'taker', kind: 'handoff', text: 'One more.' }), { text: 'went on' }),
      plays('Take it', { text: 'taken' }),
    ],
    children: ['giver', 'helper'],
  },
  ...bothWays({
    name: 'lock-and-state',
    text: `
  - { id: holder, prompt: Lock it }
  - { id: waiter, prompt: Wait for it }
  - { id: next, prompt: Lock it too }
  - { id: after, prompt: See it, depends_on: [holder], when: state.page == 1 }
`,
    rules: [
      waiter,
      plays('Lock it too', slowly(uses('state_lock', { key: 'page' })), { text: 'I have it now' }),
      plays(
        'Lock it',
        uses('state_lock', { key: 'page' }),
        slowly(uses('state_set', { key: 'page', value: 1 })),
        slowly(uses('state_lock', { key: 'page', release: true })),
        { text: 'given back' },
      ),
      done,
    ],
    children: ['holder', 'waiter', 'next'],
  }),
  ...bothWays({
    name: 'waited-in-vain',
    text: '  - { id: waiter, prompt: Wait for it }\n',
    rules: [plays('Wait for it', uses('state_wait', { key: 'page', deadline: '1s' }), { text: 'without it' })],
    children: ['waiter'],
  }),
  ...bothWays({
    name: 'paused-while-one-stands',
    text: waiterAndGate,
    rules: [waiter, writer],
    during: async (run) => {
      await stands(run);
      await run.pause({ by: 'ann' });
      await reach(run, 'run:paused', ({ state }) => state === 'paused');
      await run.resume({ by: 'ann' });
      await run.approve({ id: 'before/writer', by: 'ann' });
    },
    children: ['waiter'],
  }),
  ...bothWays({
    name: 'live-standing',
    text: waiterAndGate,
    rules: [waiter],
    until: async (run) => void (await stands(run)),
    children: ['waiter'],
  }),
  ...bothWays({
    name: 'moved-while-one-stands',
    text: `  - { id: waiter, prompt: Wait for it }\n${chain}  - { id: writer, prompt: Write it, depends_on: [d], approval: before }\n`,
    rules: [waiter, writer, done],
    moveAfterEvents: 40,
    during: async (run) => {
      await reach(run, 'approval:requested');
      await run.approve({ id: 'before/writer', by: 'ann' });
    },
    children: ['waiter'],
  }),
];
