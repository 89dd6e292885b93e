import type { Run } from '../../src/client/index.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { reach } from '../support/run/reach.ts';
import type { Rule, ScriptedAnswer } from '../../src/testing/index.ts';
import { steps } from '../../src/testing/index.ts';
import { agent, plan, task, phase } from '../support/plan/builders.ts';
import { codingScenarios } from './scenarios-coding.ts';
import { controlScenarios } from './scenarios-control.ts';
import { crewScenarios } from './scenarios-crew.ts';
import { graphScenarios } from './scenarios-graph.ts';
import { inTurn } from './in-turn.ts';
import { mergeScenarios } from './scenarios-merge.ts';
import { nestedScenarios } from './scenarios-nested.ts';
import { sliceScenarios } from './scenarios-slices.ts';
import { turnScenarios } from './scenarios-turns.ts';
import type { Scenario } from './scenario.ts';

const limits = planDefaults.limits;
const phases = [phase('First', 'parallel'), phase('Second', 'sequential')];
const says = (prompt: string, text: string): Rule => answers(prompt, { text });
const answers = (prompt: string, ...list: ScriptedAnswer[]): Rule => steps(prompt, (c) => c.prompt === prompt, list);
const always = (answer: ScriptedAnswer): Rule => ({ name: 'always', when: () => true, answer: () => answer });
const status = (code: number): ScriptedAnswer => ({ fault: { kind: 'http', status: code } });
const issue = (action: string, more = {}) => ({ name: 'issue', input: { action, ...more } });
const bash = (command: string) => ({ name: 'bash', input: { command } });
const withBash = { worker: agent({ tools: ['issue', 'bash'] }) };

/** Waits for the first event of that type, then cancels. */
function cancelAt(type: 'agent:invoke' | 'tool:call'): (run: Run) => Promise<void> {
  return async (run) => {
    await reach(run, type);
    await run.cancel();
  };
}

const twoPhases = plan({
  phases,
  tasks: [
    task({ id: 'lead', phase: 0, context: 'lead' }),
    task({ id: 'side', phase: 0 }),
    task({ id: 'sum', phase: 1, context: 'lead', afterPhase: 0 }),
    task({ id: 'check', phase: 1, afterPhase: 0, dependsOn: [{ task: 'sum', on: 'any_end', from: 'sequence' }] }),
  ],
});

/** Every way in which a run can go that leaves another history. */
export const scenarios: Scenario[] = [
  {
    name: 'two-phases',
    plan: twoPhases,
    rules: [
      answers('Do lead.', { tools: [issue('create', { title: 'Fix it' })] }, { text: 'planned' }),
      answers('Do side.', { tools: [issue('list')] }, { text: 'built' }),
      says('Do sum.', 'summed up'),
      says('Do check.', 'checked'),
    ],
    children: ['lead', 'sum'],
  },
  {
    name: 'max-parallel',
    plan: plan({ limits: { ...limits, maxParallel: 2 }, tasks: ['a', 'b', 'c', 'd'].map((id) => task({ id })) }),
    rules: [always({ text: 'done' })],
  },
  {
    name: 'slow-tool',
    plan: plan({ agents: withBash }),
    rules: [answers('Do one.', { tools: [bash('echo hello')] }, { text: 'greeted' })],
    children: ['one'],
  },
  {
    name: 'tools-side-by-side',
    plan: plan({ agents: withBash }),
    rules: [
      answers(
        'Do one.',
        { tools: [issue('create', { title: 'A' }), bash('echo b'), issue('create', { title: 'C' }), bash('false')] },
        { tools: [{ name: 'teleport', input: {} }] },
        { text: 'all there' },
      ),
    ],
    children: ['one'],
  },
  {
    name: 'cut-answer',
    rules: [inTurn({ text: 'the first half', stopReason: 'max_tokens' }, { text: 'and the second' })],
    children: ['one'],
  },
  {
    name: 'cut-again-and-again',
    rules: [always({ text: 'no end', stopReason: 'max_tokens' })],
    children: ['one'],
  },
  { name: 'empty-answer', rules: [always({ text: '' })], children: ['one'] },
  {
    // Quick turns share an activity, slow ones have one each.
    name: 'slow-model',
    rules: [
      answers(
        'Do one.',
        { tools: [issue('create', { title: 'A' })], latencyMs: 1100 },
        { tools: [issue('list')], latencyMs: 1100 },
        { text: 'done' },
      ),
    ],
    children: ['one'],
  },
  {
    name: 'later-turn-fails',
    rules: [inTurn({ tools: [issue('create', { title: 'A' })] }, status(400))],
    children: ['one'],
  },
  { name: 'model-comes-back', rules: [inTurn(status(529), { text: 'here again' })], children: ['one'] },
  {
    name: 'task-tried-again',
    plan: plan({ tasks: [task({ retry: { maxAttempts: 3, backoffMs: 10 } })] }),
    rules: [inTurn(status(400), { text: 'second time lucky' })],
    children: ['one', 'one~2'],
  },
  {
    name: 'partial',
    plan: plan({
      tasks: [
        task({ id: 'good' }),
        task({ id: 'bad' }),
        task({ id: 'after', dependsOn: [{ task: 'bad', on: 'all_success', from: 'explicit' }] }),
      ],
    }),
    rules: [says('Do good.', 'fine'), always(status(400))],
  },
  { name: 'failed', rules: [always(status(400))], children: ['one'] },
  {
    name: 'provider-refuses',
    plan: plan({ phases, tasks: [task({ id: 'a', phase: 0 }), task({ id: 'b', phase: 1, afterPhase: 0 })] }),
    rules: [inTurn(status(401), { text: 'here again' })],
    during: async (run) => {
      await reach(run, 'run:waiting');
      await run.resume({ by: 'ann' });
    },
    children: ['a'],
  },
  { name: 'model-refusal', rules: [always({ fault: { kind: 'refusal' } })] },
  { name: 'budget-exceeded', plan: plan({ limits: { ...limits, usd: 0.001 } }), rules: [], children: ['one'] },
  {
    name: 'round-in-circles',
    rules: [always({ tools: [issue('list')] })],
    children: ['one'],
  },
  {
    name: 'deadline',
    plan: plan({ limits: { ...limits, timeoutMs: 300 } }),
    rules: [always({ text: 'late', latencyMs: 60_000 })],
  },
  {
    name: 'task-timeout',
    plan: plan({ tasks: [task({ timeoutMs: 300 })] }),
    rules: [always({ text: 'late', latencyMs: 60_000 })],
    children: ['one'],
  },
  {
    name: 'cancelled-in-model-call',
    rules: [always({ text: 'late', latencyMs: 60_000 })],
    during: cancelAt('agent:invoke'),
    children: ['one'],
  },
  {
    name: 'cancelled-in-tool',
    plan: plan({ agents: withBash }),
    rules: [always({ tools: [bash('sleep 60')] })],
    during: cancelAt('tool:call'),
    children: ['one'],
  },
  { name: 'invalid-input', input: { workflow: 'nowhere' }, rules: [] },
  ...graphScenarios,
  ...nestedScenarios,
  ...controlScenarios,
  ...crewScenarios,
  ...mergeScenarios,
  ...codingScenarios,
  ...sliceScenarios,
  ...turnScenarios,
];
