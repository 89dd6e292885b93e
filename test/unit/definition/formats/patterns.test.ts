import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertDefinition } from '../../../../src/definition/convert.ts';
import type { PlanSource } from '../../../../src/definition/formats/open-definition.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { findWorkflowIn } from '../../../../src/definition/nested/find-workflow.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { registryOf } from '../registry-of.ts';

const root = mkdtempSync(join(tmpdir(), 'patterns-'));
afterAll(() => rmSync(root, { recursive: true }));

const leaf = 'tasks: [{ id: a, profile: aider, prompt: Do it }]';
const files: Record<string, string | JsonObject> = {
  'ws/ws-1.json': {
    ...{ id: 'ws-1', title: 'One', tasks: ['Do ${{ x }}', 'Test it'], files_scope: ['a.ts'], track: 'x' },
    ...{ needed: 7, wanted: 8 },
  },
  'ws/ws-22.json': { id: 'ws-22', tool: 'codex', tasks: [], depends_on: ['ws-1'] },
  'ws/agents.yaml': 'agents: [{ id: one, type: aider, track: x }, { id: two, type: aider }]\n',
  'all.yaml': `inputs: { id: {}, title: {}, tasks: {}, tool: {}, files_scope: { type: array }, context: { type: object }, needed: { type: integer }, wanted: { type: integer, default: 1 } }\n${leaf}\n`,
  'ws/inner.yaml': `inputs: { tasks: { type: array } }\n${leaf}\n`,
  'few.yaml': `inputs: { id: { required: false } }\n${leaf}\n`,
  'broken.yaml': 'tasks: [',
  'script.js': 'export const meta = { name: "x", description: "y" }\n',
  'ask.yaml': `inputs: { other: {} }\n${leaf}\n`,
  'templates/review.yaml': `name: Review\ntemplate: { category: quality, complexity: simple, estimated_duration: 9 }\ninputs: { tasks: {} }\n${leaf}\n`,
};

/** Patterns as a file beside the folder has them, or as the pool's file in it. */
function load(patterns: JsonValue, { inPool = false, ...more }: Partial<PlanContext> & { inPool?: boolean } = {}) {
  const file = join(root, inPool ? 'ws/pool.yaml' : 'patterns.json');
  writeFileSync(file, JSON.stringify(inPool ? { agents: [{ id: 'one' }], patterns } : patterns));
  const option = inPool ? { pool: file } : { patterns: file };
  return loadPlan({ kind: 'file', file: join(root, 'ws') }, { ...context, ...option, ...more });
}

const templates = [join(root, 'templates')];
const agents = registryOf('aider', 'codex');
const findWorkflow = findWorkflowIn({ cwd: root, agentsFor: () => agents, templates });
const context: PlanContext = { agents, cwd: root, findWorkflow, templates };

describe('patterns of workstreams', () => {
  beforeAll(() => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    }
  });

  it('make a workstream a workflow, with what that declares of it, in the same place of pool and tracks', () => {
    const { plan, warnings } = load([
      { match: 'ws-?', use: 'all.yaml' },
      { match: '*', use: 'few' },
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(['tasks-not-passed']);
    expect(plan.pool).toEqual([
      { id: 'one', tracks: ['x'] },
      { id: 'two', tracks: [] },
    ]);
    expect(plan.tasks[0]).toMatchObject({
      ...{ id: 'ws-1', agent: 'workflow:all.yaml', track: 'x', filesScope: ['a.ts'], retry: { maxAttempts: 3 } },
      work: {
        ...{ kind: 'workflow', name: 'all.yaml', holes: [] },
        input: {
          ...{ id: 'ws-1', title: 'One', tool: 'aider', tasks: 'Do ${{ x }}\nTest it', files_scope: ['a.ts'] },
          ...{ context: { title: 'One', needed: 7, wanted: 8 }, needed: 7 },
        },
      },
    });
    expect(plan.tasks[0]!.work!.input).not.toHaveProperty('wanted');
    expect(plan.tasks[1]).toMatchObject({ agent: 'workflow:few', work: { input: { id: 'ws-22' } } });
  });

  it('name files from where they stand, and templates, in the plan and in a native file somewhere else', () => {
    const patterns = [
      { match: 'ws-1', use: 'inner.yaml' },
      { match: 'ws-2*', use: 'review' },
    ];
    const { plan, warnings } = load(patterns, { inPool: true });
    expect(warnings).toEqual([]);
    expect(plan.tasks.map(({ agent }) => agent)).toEqual(['workflow:ws/inner.yaml', 'workflow:review']);
    const pool = join(root, 'ws/pool.yaml');
    const options = { ...context, pool, writtenTo: join(root, 'deep/er/flow.yaml') };
    const { text } = convertDefinition({ kind: 'file', file: join(root, 'ws') }, options);
    expect(text).toContain('workflow: ../../ws/inner.yaml\n');
    expect(text).toContain('workflow: review\n');
    const native: PlanSource = { kind: 'text', text, file: options.writtenTo };
    expect(loadPlan(native, context).plan.workflows).toEqual(plan.workflows);
  });

  it('stand in one text, too', () => {
    const value = { workstreams: [{ id: 'ws-9', tasks: ['x'] }], patterns: [{ match: 'ws-*', use: 'all.yaml' }] };
    const whole = { ...value, workstreams: [{ ...value.workstreams[0]!, title: 't', files_scope: [], needed: 1 }] };
    expect(loadPlan({ kind: 'object', value: whole, name: 'mine' }, context).plan.tasks[0]!.agent).toBe(
      'workflow:all.yaml',
    );
  });

  it.each([
    [[{ match: 'ws-9*', use: 'few' }], 'warning no-match 0.match'],
    [
      [
        { match: '*', use: 'all.yaml' },
        { match: 'ws-22', use: 'few' },
      ],
      'error missing-input all.yaml',
    ],
    [[{ match: 'x', use: 'nowhere' }], 'error unknown-workflow 0.use'],
    [[{ match: '*', use: 'broken.yaml' }], 'error unknown-workflow 0.use'],
    [[{ match: 'ws-1', use: 'script.js' }], 'error unknown-workflow 0.use'],
    [[{ match: 'ws-1', use: 'ask.yaml' }], 'error missing-input ask.yaml'],
    [[{ match: 'ws-1', use: 'ws' }], 'error workflow-ring 0.use'],
    [[{ match: 5, use: 'few' }], 'error wrong-type 0.match'],
    [['few'], 'error wrong-type 0.match'],
    [{ 'ws-*': 'few' }, 'error no-patterns '],
    [Array.from({ length: 101 }, () => ({ match: 'x', use: 'few' })), 'error too-large '],
    [[{ match: 'ws-1', use: 'few', when: 1 }], 'warning unknown-key 0.when'],
  ])('tell what is wrong with %j: %s', (patterns, expected) => {
    const [severity, code, place] = expected.split(' ');
    const found = foundIn(() => load(patterns as JsonValue));
    const one = found.find((each) => each.code === code)!;
    expect(`${one.severity} ${one.file}`).toBe(
      `${severity} ${join(root, place!.endsWith('.yaml') ? place! : 'patterns.json')}`,
    );
    expect(one.line).not.toBeNull();
    if (!place!.endsWith('.yaml'))
      expect(`.${one.path}`.replace(/^\.\[(\d+)\]/, '$1')).toBe(place === '' ? '.' : place);
  });

  it('tell where nothing can be named, and take nothing from outside of the folders that may be', () => {
    expect(() => load([{ match: '*', use: 'few' }], { findWorkflow: undefined })).toThrow(/none here to look beside/);
    const within = findWorkflowIn({ cwd: root, agentsFor: () => agents, within: [join(root, 'ws')] });
    const value = (use: string): JsonObject => {
      return { workstreams: [{ id: 'w', tasks: [] }], patterns: [{ match: 'w', use }] };
    };
    for (const use of ['../few.yaml', join(root, 'few.yaml')]) {
      const source: PlanSource = { kind: 'object', value: value(use), name: 'd' };
      expect(() => loadPlan(source, { ...context, findWorkflow: within })).toThrow(/lies outside of/);
    }
  });

  function foundIn(action: () => ReturnType<typeof loadPlan>) {
    try {
      return action().warnings;
    } catch (error) {
      if (error instanceof DefinitionError) return error.diagnostics;
      throw error;
    }
  }
});
