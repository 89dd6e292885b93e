import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAgents } from '../../../../src/agents/registry.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { findWorkflowIn } from '../../../../src/definition/nested/find-workflow.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { analysePlan } from '../../../../src/domain/analysis/plan-analysis.ts';
import { asPartOf } from '../../../../src/domain/plan/part-of-run.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { decideToolCall, rulesFor } from '../../../../src/domain/tools/tool-policy.ts';
import { readCall } from '../../../../src/domain/tools/canonical-call.ts';

const files: Record<string, string> = {
  'agents/clerk.md': '---\nmodel: haiku\n---\nYou write.\n',
  'ok.yaml':
    'default_profile: clerk\ninputs: { n: { type: integer, default: 3 } }\ntasks: [{ id: t, prompt: "Count to ${{ inputs.n }}" }]\n',
  'a.yaml': 'tasks: [{ id: x, workflow: b.yaml }]\n',
  'b.yaml': 'tasks: [{ id: x, workflow: a }]\n',
  'd1.yaml': 'tasks: [{ id: x, workflow: d2 }]\n',
  'd2.yaml': 'tasks: [{ id: x, workflow: d3 }]\n',
  'd3.yaml': 'tasks: [{ id: x, workflow: d4 }]\n',
  'd4.yaml': 'tasks: [{ id: x, workflow: ok }]\n',
  'wrong.yaml': 'default_profile: clerk\ntasks:\n  - { id: t, promt: x }\n  - { id: u, prompt: x, profile: clrek }\n',
  'globs.yaml':
    'default_profile: clerk\ninputs: { dir: { type: string } }\ntasks: [{ id: t, prompt: x, files_scope: ["${{ inputs.dir }}/**"] }]\n',
  'out.yaml': 'workspace: ../elsewhere\ndefault_profile: clerk\ntasks: [{ id: t, prompt: x }]\n',
  'strict.yaml':
    'default_profile: clerk\npolicy: [{ tool: bash, action: allow }]\nlimits: { usd: 50, timeout: 9h }\ntasks: [{ id: t, prompt: x }]\n',
};

describe('workflows as tasks', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-nested-'));
    mkdirSync(join(folder, 'agents'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below', 'inner.yaml'), 'tasks: [{ id: x, workflow: ../ok.yaml }]\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const load = (definition: string | JsonObject, within?: string[]) => {
    const agents = loadAgents([join(folder, 'agents')]);
    const source =
      typeof definition === 'string'
        ? ({ kind: 'text', text: definition, file: join(folder, 'main.yaml') } as const)
        : ({ kind: 'object', value: definition, name: 'definition' } as const);
    const findWorkflow = findWorkflowIn({ cwd: folder, agentsFor: () => agents, ...(within && { within }) });
    return loadPlan(source, { agents, cwd: folder, findWorkflow, looksForFolders: true });
  };
  const problemsOf = (definition: string | JsonObject, within?: string[]): string[] => {
    try {
      load(definition, within);
      return [];
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      return error.diagnostics.map(
        ({ file, line, message }) => `${file?.replace(`${folder}/`, '')}:${line}: ${message}`,
      );
    }
  };

  it('may lie beside the template that names it, also where only some folders may be named', () => {
    const templates = join(folder, 'templates');
    mkdirSync(join(templates, 'mine'), { recursive: true });
    for (const name of ['workflow', 'part']) writeFileSync(join(templates, 'mine', `${name}.yaml`), 'tasks: []\n');
    const agents = loadAgents([join(folder, 'agents')]);
    const find = findWorkflowIn({
      cwd: folder,
      agentsFor: () => agents,
      within: [join(folder, 'below')],
      templates: [templates],
    });
    const from = { kind: 'file', file: join(templates, 'mine', 'workflow.yaml') } as const;
    expect(find('part', from)).toMatchObject({ source: { file: join(templates, 'mine', 'part.yaml') } });
    expect(find('../../ok.yaml', from)).toMatchObject({ problem: expect.stringMatching(/lies outside of/) as string });
  });

  it('are frozen into the plan, each once, with what is known of their inputs filled in', () => {
    const { plan } = load(`
limits: { usd: 500 }
inputs: { few: { type: integer, default: 2 } }
default_profile: clerk
tasks:
  - { id: first, prompt: x }
  - { id: two, workflow: ok.yaml, inputs: { n: "\${{ inputs.few }}" } }
  - { id: again, workflow: ok, inputs: { n: 2 } }
  - { id: later, workflow: ok.yaml, inputs: { n: "\${{ size(tasks.first.output) }}" }, depends_on: [first] }
`);
    const works = plan.tasks.flatMap(({ work }) => (work?.kind === 'workflow' ? [work] : []));
    expect(Object.keys(plan.workflows!)).toHaveLength(2);
    expect(works[0]!.plan).toBe(works[1]!.plan);
    expect(plan.workflows![works[0]!.plan]!.tasks[0]!.prompt).toBe('Count to 2');
    const open = plan.workflows![works[2]!.plan]!;
    expect(open).toMatchObject({
      openInputs: { n: { type: 'integer' } },
      tasks: [{ template: ['Count to ', { expression: 'inputs.n' }] }],
    });
    expect(works[2]).toMatchObject({ input: {}, holes: [{ path: ['n'], isWhole: true }] });
    const analysis = analysePlan(plan, { weights: null });
    expect(analysis.workflows).toMatchObject([
      { tasks: ['two', 'again'], analysis: { waves: [['t']] } },
      { tasks: ['later'] },
    ]);
    expect(analysis.cost.highUsd).toBeGreaterThan(analysis.workflows![0]!.analysis.cost.highUsd);
  });

  it.each([
    [
      'a ring',
      'tasks: [{ id: x, workflow: a }]',
      'b.yaml:1: workflows that are tasks of each other never end: main.yaml → a → b.yaml → a',
    ],
    [
      'one that is too deep',
      'tasks: [{ id: x, workflow: d1 }]',
      'd3.yaml:1: workflows may stand 3 deep in each other, not deeper: main.yaml → d1 → d2 → d3 → d4',
    ],
    [
      'one that is not there',
      'tasks: [{ id: x, workflow: okk.yaml }]',
      'main.yaml:1: there is no workflow "okk.yaml"; looked in FOLDER',
    ],
    ['a mistake in it', 'tasks: [{ id: x, workflow: wrong.yaml }]', 'wrong.yaml:3: unknown key "promt" in tasks[0]'],
    [
      'another mistake in it',
      'tasks: [{ id: x, workflow: wrong.yaml }]',
      'wrong.yaml:4: unknown agent "clrek"; looked in FOLDER/agents',
    ],
    [
      'an input that it does not have',
      'tasks: [{ id: x, workflow: ok, inputs: { m: 1 } }]',
      'FOLDER/ok.yaml:null: the input "m" was given, but FOLDER/ok.yaml does not declare it',
    ],
    [
      'an input of another type',
      'tasks: [{ id: x, workflow: ok, inputs: { n: many } }]',
      'ok.yaml:2: the input "n" must be a whole number, but is "many"',
    ],
    [
      'an input that has to be known',
      'default_profile: clerk\ntasks: [{ id: x, prompt: x }, { id: y, workflow: globs, inputs: { dir: "${{ tasks.x.output }}" }, depends_on: [x] }]',
      'globs.yaml:3: this must be known before the start, and the workflow that this one is a task of gives dir only when it is at it',
    ],
    [
      'a workspace outside',
      'tasks: [{ id: x, workflow: out }]',
      'main.yaml:1: the workflow works in "../elsewhere", which lies outside of the workspace of the task',
    ],
    [
      'a prompt besides',
      'tasks: [{ id: x, workflow: ok, prompt: y }]',
      'main.yaml:1: a task with "workflow" has no "prompt"',
    ],
    [
      'an agent',
      'tasks: [{ id: x, tool: filesystem, input: {}, profile: clerk }]',
      'main.yaml:1: a task with "tool" has no "profile"',
    ],
    ['an unknown tool', 'tasks: [{ id: x, tool: filesytem, input: {} }]', 'main.yaml:1: unknown tool "filesytem"'],
    [
      'a tool of agents',
      'tasks: [{ id: x, tool: plan_tasks, input: {} }]',
      'main.yaml:1: "plan_tasks" is a tool for agents: a task cannot be a call of it',
    ],
    [
      'inputs of nothing',
      'default_profile: clerk\ntasks: [{ id: x, prompt: y, inputs: {} }]',
      'main.yaml:2: "inputs" belongs to a task with "workflow"',
    ],
  ])('tell %s before the start', (_what, text, problem) => {
    const found = problemsOf(`${text}\n`).map((each) => each.replaceAll(folder, 'FOLDER'));
    expect(found).toContain(
      problem.startsWith('FOLDER') ? problem.slice('FOLDER/'.length).replace(/^ok/, 'ok') : problem,
    );
  });

  it('lie in the folders of the worker, for whoever comes over Temporal', () => {
    const start = (word: string): string[] =>
      problemsOf({ tasks: [{ id: 'x', workflow: word }] }, [join(folder, 'below')]);
    for (const word of ['../ok.yaml', join(folder, 'ok.yaml'), 'inner.yaml'])
      expect(start(word).join()).toMatch(/lies outside of|looked in .*below/);
    expect(problemsOf({ tasks: [{ id: 'x', workflow: 'ok' }] }, [folder])).toEqual([]);
  });

  it('lie in the folder of their task, links followed', () => {
    symlinkSync(tmpdir(), join(folder, 'link'));
    writeFileSync(
      join(folder, 'linked.yaml'),
      'workspace: link\ndefault_profile: clerk\ntasks: [{ id: t, prompt: x }]\n',
    );
    writeFileSync(join(folder, 'deep.yaml'), 'tasks: [{ id: x, workflow: linked }]\n');
    const line = '1: the workflow works in "link", which leads out of the workspace of the task by a link';
    expect(problemsOf('tasks: [{ id: x, workflow: linked }]\n')).toEqual([`main.yaml:${line}`]);
    expect(problemsOf('tasks: [{ id: x, workflow: deep }]\n')).toEqual([`deep.yaml:${line}`]);
  });

  it('have no more rights, money and time than the run around them', () => {
    const { plan } = load(
      'limits: { usd: 2, timeout: 1h }\npolicy: [{ tool: bash, action: deny }]\ntasks: [{ id: x, workflow: strict }]\n',
    );
    const task = plan.tasks[0]!;
    const inner = asPartOf(plan, task, task.work as Extract<typeof task.work, { kind: 'workflow' }>);
    expect(inner.limits).toMatchObject({ usd: 2, timeoutMs: 3_600_000 });
    expect(inner.limits).toMatchObject({
      maxParallel: 10,
      maxDepth: 3,
      perTask: { usd: null, tokens: null },
      perAgent: {},
    });
    const call = readCall('bash', { command: 'ls' }, folder);
    expect(decideToolCall(rulesFor(inner, 'clerk'), 'clerk', call).action).toBe('deny');
    expect(decideToolCall(rulesFor({ ...inner, bounds: [] }, 'clerk'), 'clerk', call).action).toBe('allow');
  });

  it.each([
    ['max_parallel: 1', 'max_parallel: 4', { maxParallel: 1 }],
    ['max_parallel: 30', 'max_parallel: 4', { maxParallel: 4 }],
    ['max_parallel: 30', 'usd: 1', { maxParallel: 30 }],
    [
      'max_depth: 1, max_fan_out: 2, max_added_tasks: 3',
      'max_depth: 2, max_fan_out: 1',
      { maxDepth: 1, maxFanOut: 1, maxAddedTasks: 3 },
    ],
    ['per_task: { usd: 2, tokens: 9 }', 'per_task: { usd: 3, tokens: 8 }', { perTask: { usd: 2, tokens: 8 } }],
    [
      'per_agent: { clerk: { usd: 0.0001 } }',
      'per_agent: { clerk: { usd: 1, tokens: 7 } }',
      { perAgent: { clerk: { usd: 0.0001, tokens: 7 } } },
    ],
    ['per_agent: { clerk: { usd: 0.0001 } }', 'usd: 1', { perAgent: { clerk: { usd: 0.0001, tokens: null } } }],
  ])('have the lesser of both limits: { %s } around { %s }', (around, own, expected) => {
    writeFileSync(
      join(folder, 'limited.yaml'),
      `default_profile: clerk\nlimits: { ${own} }\ntasks: [{ id: t, prompt: x }]\n`,
    );
    const { plan } = load(
      `default_profile: clerk\nagents: { clerk: { max_concurrent_tasks: 2 } }\nlimits: { ${around} }\ntasks: [{ id: x, workflow: limited }, { id: y, prompt: y }]\n`,
    );
    const task = plan.tasks.find(({ id }) => id === 'x')!;
    const inner = asPartOf(plan, task, task.work as Extract<typeof task.work, { kind: 'workflow' }>);
    expect(inner).toMatchObject({ limits: expected, concurrency: { clerk: 2 } });
  });
});
