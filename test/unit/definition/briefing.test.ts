import { describe, expect, it } from 'vitest';
import { loadAddedTasks } from '../../../src/definition/load-added-tasks.ts';
import { yamlPlan } from '../../support/plan/yaml-plan.ts';

const tasks = (more = '', dependency = 'find') => `
tasks:
  - { id: find, prompt: Find it. }
  - { id: build, prompt: Build it., depends_on: [${dependency}]${more} }
`;

/** What the second task is told of the first. */
function told(text: string) {
  const { dependsOn, strategy } = yamlPlan(text).tasks.find(({ id }) => id === 'build')!;
  return [dependsOn.find(({ task }) => task === 'find')?.pass ?? 'none', strategy ?? 'isolated'];
}

describe('what a task is told of others', () => {
  it.each([
    ['nothing where nobody says anything', tasks(), ['none', 'isolated']],
    ['a summary where a strategy is named', `context: { strategy: isolated }${tasks()}`, ['summary', 'isolated']],
    ['a summary and notes where contexts are shared', `context: { strategy: shared }${tasks()}`, ['summary', 'shared']],
    ['what the run says', `context: { strategy: shared, pass: none }${tasks()}`, ['none', 'shared']],
    ['what the run says without a strategy', `context: { pass: output }${tasks()}`, ['output', 'isolated']],
    ['what its task says before the run', `context: { pass: output }${tasks(', pass: full')}`, ['full', 'isolated']],
    ['a summary where its task names a strategy', tasks(', context_strategy: shared'), ['summary', 'shared']],
    ['what its dependency says first', tasks(', pass: full', '{ task: find, pass: output }'), ['output', 'isolated']],
    [
      'nothing besides what its prompt names',
      `context: { strategy: shared }${tasks().replace('Build it.', '"Build ${{ tasks.find.output }}"')}`,
      ['none', 'shared'],
    ],
    [
      'what its dependency says, whatever its prompt names',
      tasks('', '{ task: find, pass: summary }').replace('Build it.', '"Build ${{ tasks.find.output }}"'),
      ['summary', 'isolated'],
    ],
  ])('is %s', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  it('is what its phase says before the run, and nothing of what it only comes after', () => {
    const phases = `
context: { strategy: isolated }
phases:
  - name: one
    context_strategy: hierarchical
    pass: output
    tasks: [{ id: find, prompt: x }, { id: build, prompt: y, depends_on: [find] }, { id: last, prompt: z }]
`;
    expect(told(phases)).toEqual(['output', 'hierarchical']);
    expect(yamlPlan(phases).tasks.at(-1)!.dependsOn).toEqual([{ task: 'build', on: 'any_end', from: 'sequence' }]);
  });

  it('is the same for tasks that are added, in runs that were begun since', () => {
    const plan = yamlPlan(`context: { strategy: shared }${tasks()}`);
    const added = [{ id: 'more', prompt: 'More.', depends_on: ['find'] }];
    const load = (to: typeof plan) =>
      loadAddedTasks(added, { plan: to, existingIds: ['find', 'build'], depth: 1 }).tasks[0]!;
    expect(load(plan)).toMatchObject({ strategy: 'shared', dependsOn: [{ task: 'find', pass: 'summary' }] });
    const { briefing: _, ...before } = plan.context;
    expect(load({ ...plan, context: before })).not.toHaveProperty('strategy');
  });

  it('is that of whoever adds a task, before the run', () => {
    const plan = yamlPlan(`context: { strategy: shared }${tasks(', context_strategy: hierarchical')}`);
    const load = (parent: string | null) =>
      loadAddedTasks([{ id: 'more', prompt: 'More.' }], { plan, existingIds: ['find', 'build'], depth: 1, parent })
        .tasks[0]!.strategy;
    expect(['build', 'find', null].map(load)).toEqual(['hierarchical', 'shared', 'shared']);
  });
});
