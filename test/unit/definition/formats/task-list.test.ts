import { describe, expect, it } from 'vitest';
import { loadAddedTasks } from '../../../../src/definition/load-added-tasks.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { convertDefinition } from '../../../../src/definition/convert.ts';
import { shippedTemplates } from '../../../../src/definition/templates/shipped-templates.ts';
import { neededInputs, shipped, templatePlan } from '../../../support/plan/shipped-templates.ts';
import { registryOf } from '../registry-of.ts';
import { literalOf, requestWith } from '../../../support/plan/samples.ts';

const briefing = { pass: 'summary', passTokens: 400, noteTokens: 2000 };

const names = ['backend-architect', 'test-automator', 'database-optimizer', 'frontend-developer', 'coder'];
const context: PlanContext = { agents: registryOf(...names), cwd: '/project' };

function load(value: JsonValue | string, more: Partial<PlanContext> = {}) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return loadPlan({ kind: 'text', text, file: 'list.json' }, { ...context, ...more });
}

function problemsOf(value: JsonValue | string) {
  try {
    load(value);
  } catch (error) {
    return (error as DefinitionError).diagnostics;
  }
  throw new Error('it was accepted');
}

function agentsOf(id: string): string[] {
  return Object.keys(templatePlan(id, neededInputs[id] ?? {}, false).plan.agents);
}

function task(id: string, more: JsonObject = {}): JsonObject {
  return { id, agentName: 'coder', prompt: `Do ${id}.`, ...more };
}

describe("the sample of a task list's document", () => {
  it('runs as it stands, with the defaults of that document', () => {
    const { plan, warnings } = load(requestWith('task-list', '"workflowName"'));
    expect(warnings.map(({ code }) => code)).toEqual([]);
    expect(plan).toMatchObject({
      name: 'Custom API Development',
      communication: true,
      context: { strategy: 'shared', pruneAtTokens: 150_000 },
      limits: { maxParallel: 2, timeoutMs: 300_000 },
    });
    expect(plan.tasks).toMatchObject([
      { id: 'design-api', agent: 'backend-architect', priority: 10, overrides: { maxTokens: 8000 }, dependsOn: [] },
      { id: 'implement-api', overrides: { maxTokens: 16_000 }, dependsOn: [{ task: 'design-api', on: 'all_success' }] },
      { id: 'test-api', agent: 'test-automator', description: 'Create API tests', priority: 8 },
    ]);
    expect(plan.tasks[1]!.prompt).toBe('Implement the API endpoints using Express.js and TypeScript');
  });

  it('may be the list of tasks alone, as a program has it', () => {
    const value = literalOf('task-list', 'tasks: AgentTask[]');
    const { plan } = loadPlan({ kind: 'object', value, name: 'mine' }, context);
    expect(plan.tasks.map(({ id }) => id)).toEqual([
      'backend-architecture',
      'database-schema',
      'frontend-architecture',
    ]);
    expect(plan).toMatchObject({ name: 'mine', limits: { maxParallel: 3 } });
  });
});

describe('a request for a template', () => {
  const templates = [shippedTemplates()];
  const agents = registryOf(...new Set(shipped.templates.flatMap(({ id }) => agentsOf(id))));
  const ask = (value: JsonValue | string) => load(value, { agents, templates });
  const problems = (value: JsonValue): string[] => {
    try {
      ask(value);
    } catch (error) {
      return (error as DefinitionError).diagnostics.map(({ file, line, code, message, hint }) => {
        const name = file?.split('/').at(-1);
        return `${name}:${line} ${code}: ${message}${hint === null ? '' : ` (${hint})`}`;
      });
    }
    throw new Error('it was accepted');
  };

  it.each([
    ['fullstack-dev', 'features', ['user authentication', 'real-time chat', 'notifications']],
    ['security-audit', 'codebasePath', './src'],
    ['testing-suite', 'coverage', 80],
    ['performance-optimization', 'targetMetrics', { lcp: 2.5, fid: 100, cls: 0.1, apiResponseTime: 200 }],
    ['code-review', 'changedFiles', ['src/api/auth.ts', 'src/components/Login.tsx']],
    ['devops-setup', 'monitoring', true],
  ])('%s of the document is its template with the parameters as inputs', (id, name, value) => {
    const { plan, warnings } = ask(requestWith('task-list', `"${id}"`));
    expect(warnings).toEqual([]);
    expect(plan.tasks).toHaveLength(6);
    expect(plan.inputs[name]).toEqual(value);
    expect(plan.limits.maxParallel).toBe(templatePlan(id, {}, false).plan.limits.maxParallel);
  });

  it('may set the limits that its document has', () => {
    const config = { maxParallelAgents: 2, globalTimeout: 60_000 };
    const { plan } = ask({ workflowId: 'code-review', workflowName: 'mine', config });
    expect(plan).toMatchObject({ name: 'mine', limits: { maxParallel: 2, timeoutMs: 60_000 } });
  });

  it('is told the nearest name, and what is wrong with its parameters, where they stand', () => {
    expect(problems({ workflowId: 'code-reviw' })).toContainEqual(
      'list.json:2 no-template: there is no template "code-reviw" (did you mean "code-review"?)',
    );
    expect(problems({ workflowId: 'testing-suite', parameters: { coverage: 180, testScop: 'unit' } })).toEqual([
      'list.json:4 bad-value: the input "coverage" must be from 0 to 100, but is 180',
      'list.json:5 unknown-input: the template has no parameter "testScop" (did you mean "testScope"?)',
    ]);
    expect(problems({ workflowId: '../package' })[0]).toContain('there is no template "../package"');
    expect(problems({ workflowId: 5 })[0]).toContain('a template has a name');
  });

  it('gives as a native file the same plan', () => {
    const text = requestWith('task-list', '"testing-suite"');
    const converted = convertDefinition({ kind: 'text', text, file: 'list.json' }, { templates });
    const again = loadPlan({ kind: 'text', text: converted.text, file: 'list.yaml' }, { ...context, agents });
    expect(again.plan).toEqual(ask(text).plan);
  });

  it('cannot be among the tasks that are added to a run', () => {
    const { plan } = load({ tasks: [task('it')] });
    expect(() => loadAddedTasks({ workflowId: 'code-review' }, { plan, existingIds: ['it'], depth: 1 })).toThrow(
      /"code-review" names a template, which cannot stand here/,
    );
  });
});

describe('a task list', () => {
  it('gives data to the agents: context of the task, and parameters of all', () => {
    const { plan } = load({
      workflowName: 'x',
      parameters: { codebasePath: './src', features: ['a', 'b'] },
      tasks: [task('one', { context: { previousOutput: '${{ x }}', userData: { id: 1 } } }), task('two')],
      config: {},
    });
    const parameters = { codebasePath: './src', features: ['a', 'b'] };
    expect(plan.tasks.map(({ data }) => data)).toEqual([
      { parameters, previousOutput: '${{ x }}', userData: { id: 1 } },
      { parameters },
    ]);
  });

  it('has prompts that stand for themselves, whatever looks like an expression in them', () => {
    const prompt =
      'Use ${{ secrets.TOKEN }}, $${{ x }}, {{ inputs.name }}, {{ task }} and {{#each}} }} {{ "quoted".x }}';
    const { plan, warnings } = load({ workflowName: 'x', tasks: [task('it', { prompt })] });
    expect(plan.tasks[0]).toMatchObject({ prompt, template: null });
    expect(warnings.map(({ code }) => code)).toEqual([]);
  });

  it('takes every key of its config, and the model of a task', () => {
    const config = {
      maxParallelAgents: 10,
      globalTimeout: 60_000,
      contextStrategy: 'isolated',
      enableCommunication: false,
      pruningThreshold: 100_000,
    };
    const { plan, warnings } = load({ tasks: [task('it', { model: 'claude-haiku' })], config });
    expect(warnings).toEqual([]);
    expect(plan.limits).toMatchObject({ maxParallel: 10, timeoutMs: 60_000 });
    expect(plan.context).toEqual({ maxMessages: 50, pruneAtTokens: 100_000, gist: { tokens: 1000 }, briefing });
    expect(plan).not.toHaveProperty('communication');
    expect(plan.tasks[0]!.overrides!.model).toMatch(/^claude-haiku-/);
  });

  it('tells a ring, and the task that was probably meant, where they stand', () => {
    const found = problemsOf(`{
  "workflowName": "x",
  "tasks": [
    { "id": "A", "agentName": "coder", "prompt": "x", "dependencies": ["B"] },
    { "id": "B", "agentName": "coder", "prompt": "x", "dependencies": ["C"] },
    { "id": "C", "agentName": "coder", "prompt": "x", "dependencies": ["A"] },
    { "id": "backend", "agentName": "coder", "prompt": "x" },
    { "id": "frontend", "agentName": "coder", "prompt": "x", "dependencies": ["backnd"] }
  ]
}`);
    expect(found).toMatchObject([
      { code: 'cycle', line: 4, column: 72 },
      { code: 'unknown-task', line: 8, path: 'tasks[4].dependencies[0]', hint: 'did you mean "backend"?' },
    ]);
    expect(found[0]!.message).toContain('A → B → C → A');
    expect(found[1]!.message).toBe('there is no task "backnd"');
  });

  it('tells all mistakes at once, in its own words and places', () => {
    const found = problemsOf(`{
  "workflowName": "x",
  "tasks": [
    { "id": "a", "agentNmae": "coder", "prompt": "x" },
    { "id": "b", "agentName": "codr", "priority": 11, "dependencies": "a" },
    { "id": "c", "agentName": "coder", "prompt": "x", "context": 5, "maxTokens": "many" }
  ],
  "config": { "maxParallelAgents": 11, "globalTimeout": "soon", "contextStrategy": "sharde", "pruningThreshold": 5 }
}`);
    expect(found.map(({ line, code, message }) => `${line} ${code}: ${message.split(';')[0]}`)).toEqual([
      '4 no-agent: the task names no agent: it has no agentName',
      '5 missing-key: the key "prompt" is missing in tasks[1]',
      '5 unknown-agent: unknown agent "codr"',
      '5 bad-value: tasks[1].priority must be at most 10, but is 11',
      '5 wrong-type: tasks[1].dependencies must be a list, but is text ("a")',
      '6 wrong-type: tasks[2].context must be a group of keys, but is 5',
      '6 wrong-type: tasks[2].maxTokens must be a number, but is text ("many")',
      '8 bad-value: config.maxParallelAgents must be at most 10, but is 11',
      '8 wrong-type: config.globalTimeout must be a number of milliseconds',
      '8 bad-value: config.contextStrategy must be isolated or shared or hierarchical, but is "sharde"',
      '8 bad-value: config.pruningThreshold must be at least 1000, but is 5',
    ]);
  });

  it('warns of keys that mean nothing here, each once, and never prints a key', () => {
    const { warnings } = load({
      workflowName: 'x',
      tasks: [task('a', { tags: ['x'] }), task('b', { tags: ['y'], prioritty: 3 })],
      config: { apiKey: 'sk-very-secret' },
    });
    const unknown = warnings.filter(({ code }) => code === 'unknown-key');
    expect(unknown.map(({ message, hint }) => [message, hint])).toEqual([
      ['unknown key "tags" in tasks[0] and 1 more: it is left out', expect.any(String)],
      ['unknown key "prioritty" in tasks[1]: it is left out', 'did you mean "priority"?'],
      ['unknown key "apiKey" in config: it is left out', expect.any(String)],
    ]);
    expect(unknown[2]!.frame).toBeNull();
  });

  it('is told from a native file by its shape, unless its format is named', () => {
    const text = 'default_profile: coder\ntasks: [{ id: it, prompt: x }]';
    const native = loadPlan({ kind: 'text', text, file: 'crew.yaml' }, context);
    expect(native.plan.limits.maxParallel).toBe(10);
    expect(() => load({ workflowName: 'x', tasks: [task('it')] }, { format: 'native' })).toThrow(/unknown key/);
    expect(
      load({ tasks: [{ id: 'it', agentName: 'coder', prompt: 'x' }], name: 'n' }, { format: 'task-list' }).plan.name,
    ).toBe('list');
    expect(() => load({}, { format: 'tasklist' })).toThrow(/no format "tasklist"[\s\S]*task-list/);
  });

  it('can be added to a run that lives', () => {
    const { plan } = load({ workflowName: 'x', tasks: [task('it')] });
    const { tasks } = loadAddedTasks([task('more', { dependencies: ['it'], maxTokens: 10 })], {
      ...{ plan, existingIds: ['it'], depth: 1 },
    });
    expect(tasks).toMatchObject([{ id: 'more', agent: 'coder', depth: 1, overrides: { maxTokens: 10 } }]);
  });
});

it('says in words of JSON how a list is written in JSON', () => {
  const tasks = [{ id: 'a', agentName: 'coder', prompt: 'x' }];
  const text = JSON.stringify({ workflowName: 'w', tasks: [...tasks, { ...tasks[0], id: 'b', dependencies: 'a' }] });
  const read = () => loadPlan({ kind: 'text', text, file: 'w.json' }, { agents: registryOf('coder'), cwd: '/project' });
  expect(read).toThrow('hint: put it in brackets: ["a"]');
});
