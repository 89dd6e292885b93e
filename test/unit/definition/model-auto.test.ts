import { describe, expect, it } from 'vitest';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { loadAddedTasks } from '../../../src/definition/load-added-tasks.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { costRangeOf } from '../../../src/domain/analysis/cost-range.ts';
import { modelsAtWork } from '../../../src/domain/run/models-at-work.ts';
import { agent } from '../../support/plan/builders.ts';

function load(text: string, context: Partial<PlanContext> = {}) {
  const agents = new Map([
    ['worker', agent({ name: 'worker', model: 'claude-opus-4-7' })],
    ['any', agent({ name: 'any', model: 'auto' })],
  ]);
  const source = { kind: 'text', text: `default_profile: worker\n${text}`, file: 'crew.yaml' } as const;
  return loadPlan(source, { agents: { agents, dirs: [], diagnostics: [] }, cwd: '/p', ...context }).plan;
}

function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics.map(({ code, line, column, message }) => `${code} ${line}:${column} ${message}`);
  }
  return [];
}

const auto = 'tasks: [{ id: a, prompt: A, model: auto, complexity: simple }]';

describe('the model auto', () => {
  it('is kept with its tiers and with what is known of each of them', () => {
    const plan = load(`${auto}\ntiers: { complex: fable }`);
    expect(plan.tasks[0]).toMatchObject({ overrides: { model: 'auto' }, complexity: 'simple' });
    const [simple, moderate, complex] = ['claude-haiku-4-5', 'claude-sonnet-4-6', 'claude-fable-5-1'];
    expect(plan.tiers).toEqual({
      simple: { model: simple },
      moderate: { model: moderate },
      complex: { model: complex },
    });
    expect(Object.keys(plan.models!)).toEqual(expect.arrayContaining([simple, moderate, complex]));
    expect(modelsAtWork(plan).map(({ model }) => model)).toEqual([simple, moderate, complex]);
  });

  it('leaves a plan as it was that names all of its models', () => {
    const plan = load('tasks: [{ id: a, prompt: A }]\ntiers: { simple: haiku }');
    expect(plan).not.toHaveProperty('tiers');
    expect(plan.tasks[0]).not.toHaveProperty('complexity');
  });

  it('takes the tiers of the file, else those of the project, else the usual ones', () => {
    const plan = load(`${auto}\ntiers: { simple: claude-haiku-5-5 }`, {
      tiers: { simple: 'sonnet', complex: 'fable' },
    });
    expect(Object.values(plan.tiers!).map(({ model }) => model)).toEqual([
      'claude-haiku-5-5',
      'claude-sonnet-4-6',
      'claude-fable-5-1',
    ]);
  });

  it('gives way to a model that a task names', () => {
    const plan = load('tasks: [{ id: a, profile: any, prompt: A, model: opus }, { id: b, profile: any, prompt: B }]');
    const ofAgent = modelsAtWork(plan).filter(({ name }) => name === 'any');
    expect(ofAgent.map(({ model }) => model.split('-')[1])).toEqual(['haiku', 'sonnet', 'opus', 'opus']);
  });

  it('costs from the least of its cheapest model to the most of its dearest', () => {
    const of = (model: string) =>
      costRangeOf(load(`tasks: [{ id: a, prompt: A, model: ${model} }]\nlimits: { usd: 1000 }`), null);
    expect(of('auto')).toEqual({ lowUsd: of('haiku').lowUsd, highUsd: of('opus').highUsd });
  });

  it.each([
    ['a tier is auto itself', `${auto}\ntiers: { simple: auto }`, /^bad-value 3:18 .*auto is none/],
    ['a tier has another name', `${auto}\ntiers: { easy: haiku }`, /^unknown-key 3:10 .*easy/],
    ['a complexity has another name', 'tasks: [{ id: a, prompt: A, complexity: hard }]', /^bad-value 2:41 .*simple/],
    [
      'a tier has no price below a limit in dollars',
      `${auto}\ntiers: { simple: qwen }\nlimits: { usd: 1 }`,
      /^no-price 2:36 .*"qwen"/,
    ],
    [
      'a tier is of a provider that is not there',
      `${auto}\ntiers: { simple: acme/qwen }`,
      /^unknown-provider 2:36 .*"acme"/,
    ],
    [
      "an agent's tier is",
      'tasks: [{ id: a, profile: any, prompt: A }]\ntiers: { simple: acme/qwen }',
      /^unknown-provider 2:27 .*"acme"/,
    ],
  ])('is refused before anything starts when %s', (_what, text, problem) => {
    expect(problems(() => load(text))).toEqual([expect.stringMatching(problem)]);
  });

  it('is for tasks that are added only where the run has models to choose from', () => {
    const add = (plan: ReturnType<typeof load>) =>
      loadAddedTasks([{ id: 'b', prompt: 'B', profile: 'worker', model: 'auto' }], {
        plan,
        existingIds: ['a'],
        depth: 1,
      });
    expect(add(load(auto)).tasks[0]).toMatchObject({ overrides: { model: 'auto' } });
    expect(problems(() => add(load('tasks: [{ id: a, prompt: A }]')))).toEqual([expect.stringMatching(/^no-tiers /)]);
  });
});
