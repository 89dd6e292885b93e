import { describe, expect, it } from 'vitest';
import { convertDefinition } from '../../../../src/definition/convert.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { registryOf } from '../registry-of.ts';
import { keywordsOf } from '../../../support/plan/samples.ts';

const crew = ['orchestrator', 'backend-engineer', 'elasticsearch-architect', 'qa-engineer'];
const pool = registryOf(...crew);
const known = crew.map((name) => {
  return { agent: pool.agents.get(name)!, file: '', category: null, tags: ['search'], unused: {} };
});
const context: PlanContext = {
  agents: registryOf('stranger'),
  crewPool: () => ({ agents: pool, managers: pool, list: () => known }),
  cwd: '/project',
};

function load(value: JsonObject, more: Partial<PlanContext> = {}) {
  return loadPlan({ kind: 'object', value, name: 'task' }, { ...context, ...more });
}

describe('the samples of its document', () => {
  it.each([
    ['Create a search API with ES integration', 'elasticsearch_index'],
    ['Build semantic search feature', 'embedding_dims'],
  ])('are split by a manager among agents that fit, and looked at as a whole at the end: %s', (wanted, key) => {
    const sample = keywordsOf('description', wanted);
    const { plan, warnings } = load(sample);
    expect(warnings).toEqual([]);
    expect(plan).toMatchObject({ manager: 'orchestrator', workspace: '/project' });
    expect(plan.delegates!.toSorted()).toEqual(crew.slice(1));
    expect(plan.name).toMatch(/^[a-z-]{10,40}$/);
    expect(plan.tasks).toMatchObject([
      { id: 'split', agent: 'orchestrator', decompose: true, approval: null, context: 'manager' },
      { id: 'integrate', agent: 'orchestrator', context: 'manager', dependsOn: [{ task: 'split', on: 'all_success' }] },
    ]);
    expect(plan.tasks[0]!.prompt).toContain(`Task: ${wanted}\n`);
    const { requirements, context: given } = sample;
    expect(plan.tasks[0]!.data).toEqual({ requirements, ...(given !== undefined && { context: given }) });
    expect(Object.keys(requirements as JsonObject)).toContain(key);
    expect(Object.keys(plan.agents).sort()).toEqual([...crew].sort());
  });
});

describe('a description', () => {
  it('names its agents, its manager and who approves the split where it wants to', () => {
    const { plan } = load({ task: 'x', agents: ['qa-engineer'], manager: 'backend-engineer', approve_plan: true });
    expect(plan).toMatchObject({ delegates: ['qa-engineer'], manager: 'backend-engineer' });
    expect(plan.tasks[0]!.approval).toMatchObject({ at: 'after', by: [] });
    expect(load({ task: 'search' }, { approvePlan: true }).plan.tasks[0]!.approval).toMatchObject({ at: 'after' });
    expect(load({ task: 'x' }, { chosen: ['qa-engineer'] }).plan.delegates).toEqual(['qa-engineer']);
  });

  it('says texts of strangers as they stand', () => {
    const hostile = 'Search ${{ inputs.key }} and {{ env.KEY }}\u001b[2J\u202e';
    const { plan } = load({ task: hostile, requirements: { hostile } });
    expect(plan.tasks[0]!.prompt).toContain(`Task: ${hostile}\n`);
    expect(plan.tasks[0]!.template).toBeNull();
    expect(plan.tasks[0]!.data).toEqual({ requirements: { hostile } });
    expect(plan.name).toMatch(/^[\p{L}\p{N}-]+$/u);
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      'an agent that is none',
      { task: 'x', agents: ['qa-enginer'] },
      /unknown agent "qa-enginer"[^]*did you mean "qa-engineer"/,
    ],
    ["a stranger's agent", { task: 'x', agents: ['stranger'] }, /unknown agent "stranger"/],
    ['a path', { task: 'x', agents: ['../../etc/passwd'] }, /unknown agent "\.\.\/\.\./],
    ['a manager that is none', { task: 'x', manager: 'nobody' }, /unknown agent "nobody"/],
    [
      'requirements that are a number',
      { task: 'x', requirements: 7 },
      /requirements must be a group of keys, or a text/,
    ],
    ['no agents', { task: 'x', agents: [] }, /agents must be a list of names/],
    ['a word for yes', { task: 'x', approve_plan: 'yes' }, /approve_plan must be true or false/],
    ['an empty task', { task: ' ' }, /task says nothing/],
    ['what cannot be kept', { task: 'x\0' }, /NUL character/],
    ['half a character', { task: 'x', requirements: { a: '\ud800' } }, /half of a character/],
    ['a deep nest', { task: 'x', requirements: nested(100) }, /nested deeper than 64/],
    ['megabytes', { task: 'x', requirements: { a: 'y'.repeat(300_000) } }, /larger than 256 KB/],
  ])('refuses %s', (_, value, message) => {
    expect(() => load(value)).toThrow(message);
  });

  it('is not approved where nobody splits anything', () => {
    const native = { tasks: [{ id: 'a', profile: 'stranger', prompt: 'x' }] };
    expect(() => load(native, { approvePlan: true })).toThrow(/no task splits its work/);
    expect(() => load(native, { chosen: ['stranger'] })).toThrow(/`agents`: there is no folder "stranger"/);
  });

  it('has no native form', () => {
    const source = { kind: 'object', value: { task: 'x' }, name: 'task' } as const;
    expect(() => convertDefinition(source, {})).toThrow(/decided when it starts/);
  });
});

function nested(depth: number): JsonObject {
  let value: JsonValue = {};
  for (let level = 0; level < depth; level++) value = { a: value };
  return { a: value };
}
