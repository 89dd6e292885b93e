import type { Plan } from '../../src/domain/plan/plan.ts';
import type { TaskWork } from '../../src/domain/plan/task-work.ts';
import type { Rule } from '../../src/testing/index.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { Scenario } from './scenario.ts';

const any: Rule = { name: 'any', when: () => true, answer: () => ({ text: 'done' }) };

/** The plan with its task `inner` as a workflow. */
function around(plan: Plan, inner: Plan): Plan {
  const work: TaskWork = {
    ...{ kind: 'workflow', plan: 'inner', name: 'inner.yaml', folder: '', canUndo: true, input: {}, holes: [] },
    inherits: ['usd', 'timeoutMs', 'onExceeded'],
  };
  const tasks = plan.tasks.map((task) =>
    task.id === 'inner' ? { ...task, agent: 'workflow:inner.yaml', work } : task,
  );
  return { ...plan, tasks, workflows: { inner } };
}

const inner = yamlPlan(`
tasks:
  - { id: a, prompt: A, compensate: { bash: 'true' } }
  - { id: b, prompt: B, depends_on: [a] }
`);

/** Tasks that are whole workflows, and calls of tools. */
export const nestedScenarios: Scenario[] = [
  {
    name: 'nested',
    plan: around(
      yamlPlan(`
tasks:
  - { id: first, prompt: First }
  - { id: inner, prompt: x, depends_on: [first], retry: { max_attempts: 2, backoff: 10ms } }
  - { id: call, tool: issue, input: { action: list }, depends_on: [inner] }
`),
      inner,
    ),
    rules: [any],
  },
  {
    name: 'nested-undone',
    plan: around(
      yamlPlan(`
on_failure: compensate
tasks:
  - { id: inner, prompt: x }
  - { id: fails, prompt: Fail, depends_on: [inner] }
`),
      inner,
    ),
    rules: [{ name: 'refuses', when: (c) => c.prompt === 'Fail', answer: () => ({ fault: { kind: 'refusal' } }) }, any],
  },
  {
    name: 'nested-moved',
    plan: around(
      yamlPlan(`
tasks:
  - { id: first, prompt: First }
  - { id: inner, prompt: x, depends_on: [first] }
  - { id: second, prompt: Second, depends_on: [first] }
  - { id: third, prompt: Third, depends_on: [second] }
  - { id: fourth, prompt: Fourth, depends_on: [third] }
`),
      inner,
    ),
    rules: [any],
    moveAfterEvents: 30,
  },
];
