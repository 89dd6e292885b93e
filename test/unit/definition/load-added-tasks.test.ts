import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import type { AddedTasksContext } from '../../../src/definition/load-added-tasks.ts';
import { loadAddedTasks } from '../../../src/definition/load-added-tasks.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { registryOf } from './registry-of.ts';

const text = `
inputs: { what: { default: a house } }
limits: { max_fan_out: 3, max_depth: 2 }
phases:
  - { name: Plan, tasks: [{ id: plan, context_name: lead, profile: foreman, prompt: x }] }
  - { name: Build, tasks: [{ id: build, profile: coder, prompt: x }] }
tasks:
  - { id: after, profile: coder, prompt: x, depends_on: [plan] }
  - { id: free, profile: coder, prompt: x }
`;
const { plan } = loadPlan(
  { kind: 'text', text, file: 'crew.yaml' },
  { agents: registryOf('coder', 'foreman', 'other'), cwd: '/p' },
);
const existingIds = [...plan.tasks.map(({ id }) => id), 'added-before'];

function add(value: JsonValue, more: Partial<AddedTasksContext> = {}) {
  return loadAddedTasks(value, { plan, existingIds, depth: 1, parent: 'plan', ...more }).tasks;
}

function problemsOf(value: JsonValue, more: Partial<AddedTasksContext> = {}): string[] {
  try {
    add(value, more);
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics.map(({ path, code }) => `${path} ${code}`);
    throw error;
  }
  throw new Error('they were accepted');
}

describe('the default agent', () => {
  const withDefault = loadPlan(
    { kind: 'text', text: `default_profile: other\n${text}`, file: 'crew.yaml' },
    { agents: registryOf('coder', 'foreman', 'other'), cwd: '/p' },
  ).plan;

  it('does added tasks that name none, although no task of the file needed it', () => {
    expect(withDefault.defaultAgent).toBe('other');
    expect(Object.keys(withDefault.agents)).toContain('other');
    expect(add([{ id: 'more', prompt: 'x' }], { plan: withDefault })).toMatchObject([{ id: 'more', agent: 'other' }]);
  });

  it('is asked for where the workflow has none', () => {
    expect(plan.defaultAgent).toBeNull();
    expect(problemsOf([{ id: 'more', prompt: 'x' }])).toEqual([expect.stringContaining('no-agent')]);
  });
});

describe('whom an agent may give work to', () => {
  const text = (delegates: string) => `
default_profile: other
manager: foreman
${delegates}
tasks:
  - { id: plan, prompt: x, profile: coder, compensate: { prompt: y, profile: undoer } }
`;
  const planOf = (delegates: string) =>
    loadPlan(
      { kind: 'text', text: text(delegates), file: 'crew.yaml' },
      { agents: registryOf('coder', 'foreman', 'other', 'undoer', 'root'), cwd: '/p' },
    ).plan;
  const by = (delegates: string, profile: string | null, parent: string | null = 'plan') => {
    const value = [{ id: 'more', prompt: 'x', ...(profile !== null && { profile }) }];
    return outcomeOf(value, { plan: planOf(delegates), parent });
  };
  const outcomeOf = (value: JsonValue, more: Partial<AddedTasksContext>): string[] => {
    try {
      return add(value, { existingIds: ['plan'], ...more }).map(({ agent }) => agent);
    } catch (error) {
      if (error instanceof DefinitionError) return error.diagnostics.map(({ code }) => code);
      throw error;
    }
  };

  it('is whom the file names, and nobody else of the folders', () => {
    for (const name of ['coder', 'foreman', 'other']) expect(by('', name)).toEqual([name]);
    expect(by('', null)).toEqual(['other']);
    expect(by('', 'root')).toEqual(['unknown-agent']);
    expect(by('', '../root')).toEqual(['unknown-agent']);
  });

  it('is whom it lists, where it does; a person is not held to that', () => {
    const listed = 'delegates: [coder, root]';
    for (const name of ['coder', 'root']) expect(by(listed, name)).toEqual([name]);
    for (const name of ['foreman', 'other', 'undoer']) expect(by(listed, name)).toEqual(['unknown-agent']);
    expect(by(listed, null)).toEqual(['no-agent']);
    expect(by('delegates: []', 'coder')).toEqual(['unknown-agent']);
    for (const name of ['foreman', 'other']) expect(by(listed, name, null)).toEqual([name]);
  });
});

const task = (more: Record<string, JsonValue> = {}): JsonValue => ({ profile: 'coder', prompt: 'x', ...more });

describe('loadAddedTasks', () => {
  it('gives tasks like those of a file, in topological order', () => {
    const tasks = add([
      task({
        id: 'roof',
        depends_on: ['walls', 'free'],
        prompt: 'Top ${{ tasks.walls.output }} of ${{ inputs.what }}.',
      }),
      task({ id: 'walls', depends_on: ['added-before'], priority: 'high' }),
    ]);
    expect(tasks).toMatchObject([
      {
        id: 'walls',
        phase: null,
        context: 'walls',
        agent: 'coder',
        depth: 1,
        priority: 8,
        dependsOn: [{ task: 'added-before' }],
      },
      {
        id: 'roof',
        dependsOn: [{ task: 'walls' }, { task: 'free', on: 'all_success', from: 'explicit' }],
        template: ['Top ', { expression: 'tasks.walls.output' }, ' of a house.'],
      },
    ]);
  });

  it('gives tasks without an id, or with a context that is taken, names of their own', () => {
    expect(add([task(), task({ id: 'lead' })]).map(({ id, context }) => [id, context])).toEqual([
      ['coder', 'coder'],
      ['lead', 'lead-2'],
    ]);
  });

  it.each<[string, JsonValue, string[]]>([
    ['no list', 'x', ['tasks wrong-type']],
    ['nothing', [], ['tasks bad-value']],
    ['an unknown key', [task({ promt: 'x' })], ['tasks[0].promt unknown-key']],
    ['an agent that the run does not have', [task({ profile: 'other' })], ['tasks[0].profile unknown-agent']],
    ['no agent', [{ prompt: 'x' }], ['tasks[0] no-agent']],
    ['an id that is taken', [task({ id: 'build' })], ['tasks[0].id duplicate-id']],
    ['an id twice', [task({ id: 'a' }), task({ id: 'a' })], ['tasks[1].id duplicate-id']],
    ['an unknown dependency', [task({ depends_on: ['bild'] })], ['tasks[0].depends_on[0] unknown-task']],
    [
      'a ring',
      [task({ id: 'a', depends_on: ['b'] }), task({ id: 'b', depends_on: ['a'] })],
      ['tasks[0].depends_on[0] cycle'],
    ],
    ['its own parent', [task({ depends_on: ['plan'] })], ['tasks[0].depends_on[0] unreachable-task']],
    ['what waits for its parent', [task({ depends_on: ['after'] })], ['tasks[0].depends_on[0] unreachable-task']],
    ['a later phase than its parent', [task({ depends_on: ['build'] })], ['tasks[0].depends_on[0] unreachable-task']],
    ['a context of another task', [task({ context_name: 'build' })], ['tasks[0].context_name context-in-use']],
    ['a wrong expression', [task({ prompt: '${{ tasks.walls.output }}' })], ['tasks[0].prompt unknown-task']],
    ['too many', [task(), task(), task(), task()], ['tasks too-many-tasks']],
  ])('refuses %s', (_, value, problems) => expect(problemsOf(value)).toEqual(problems));

  it('refuses a level too many', () => {
    expect(add([task()], { depth: 2 })).toHaveLength(1);
    expect(problemsOf([task()], { depth: 3 })).toEqual(['tasks too-deep']);
  });

  it('holds hostile values to the limits of a definition', () => {
    let deep: JsonValue = 'x';
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(problemsOf([task({ output: { enum: [deep] } })])).toHaveLength(1);
    expect(problemsOf(Array.from({ length: 6000 }, () => task()))).toHaveLength(1);
  });
});
