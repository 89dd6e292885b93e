import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAddedTasks } from '../../../../src/definition/load-added-tasks.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { agentDirsFor } from '../../../../src/definition/agent-dirs.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { makespanOf } from '../../../../src/domain/analysis/makespan.ts';
import { slotRulesOf } from '../../../../src/domain/scheduling/slots.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { registryOf } from '../registry-of.ts';
import { blockWith } from '../../../support/plan/samples.ts';

const root = mkdtempSync(join(tmpdir(), 'workstreams-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A folder `workstreams` with these workstreams, and files by their paths from beside it; objects are JSON. */
function folderOf(workstreams: JsonObject[], files: Record<string, string | JsonObject> = {}): string {
  const project = join(root, String(++count));
  const all: [string, string | JsonObject][] = [
    ...workstreams.map((one): [string, JsonObject] => [`workstreams/${one['id'] as string}.json`, one]),
    ...Object.entries(files),
  ];
  for (const [path, content] of all) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return join(project, 'workstreams');
}

const context: PlanContext = { agents: registryOf('aider', 'codex', 'coder'), cwd: root };

function load(folder: string, more: Partial<PlanContext> = {}) {
  return loadPlan({ kind: 'file', file: folder }, { ...context, ...more });
}

function workstream(id: string, more: JsonObject = {}): JsonObject {
  return { id, tasks: [`Do ${id}.`, 'Commit it.'], ...more };
}

const pool = blockWith('workstreams', '- id: agent-1');

it('what is in a workstream and is no word of ours is told where it looks like one, and so is one without tasks', () => {
  const told = (value: JsonObject): string[] =>
    loadPlan(
      { kind: 'text', text: JSON.stringify([{ id: 'ws-1', tool: 'aider', ...value }]), file: 'ws.json' },
      context,
    ).warnings.map(({ message, hint }) => `${message} (${hint ?? ''})`);
  const tasks = ['Do it.'];
  const meant = Object.entries({
    dependsOn: 'depends_on',
    files: 'files_scope',
    filesScope: 'files_scope',
    depend_on: 'depends_on',
  });
  for (const [key, own] of meant) {
    expect(told({ tasks, [key]: [] })).toEqual([
      `unknown key "${key}" in [0]: it goes along as data (did you mean "${own}"?)`,
    ]);
  }
  for (const value of [{}, { tasks: [] }, { tasks: [' '] }])
    expect(told(value)).toEqual([expect.stringMatching(/has no tasks/)]);
  expect(told({ tasks, title: 'x', notes: 'y', estimate: 3, trace: 1, file: 'a' })).toEqual([]);
});

it('a file that is given as a pool and is a list of tasks is refused', () => {
  const folder = folderOf([workstream('ws-1')], { 'tasks.json': [{ id: 'a', prompt: 'Do it.' }] as never });
  expect(() => load(folder, { pool: join(dirname(folder), 'tasks.json') })).toThrow(/is no pool[^]*a pool is written/);
});

describe('a folder of workstreams', () => {
  const numbers = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => `ws-${String(from + index).padStart(2, '0')}`);
  const chain = (ids: string[]): JsonObject[] =>
    ids.map((id, index) => workstream(id, { tool: 'aider', ...(index > 0 && { depends_on: [ids[index - 1]!] }) }));

  it("runs with the document's pool and tracks as they stand", () => {
    const all = [
      ...chain(numbers(3, 9)),
      ...chain(numbers(12, 17)),
      ...chain(numbers(22, 30)),
      ...chain(numbers(31, 47)),
    ];
    // The tracks of its program: a Python literal, which is YAML as well.
    const [, literal] = /track_assignments = (\{[\s\S]*?\n {4}\})/.exec(
      blockWith('workstreams', 'track_assignments = {'),
    )!;
    const folder = folderOf(all, { 'config/agents.yaml': pool, 'tracks.yaml': literal! });
    const { plan, warnings } = load(folder, { tracks: join(dirname(folder), 'tracks.yaml') });
    expect(warnings).toEqual([]);
    expect(plan.tasks).toHaveLength(39);
    expect(plan.pool).toEqual([
      { id: 'agent-1', tracks: ['pipeline_plus'] },
      { id: 'agent-2', tracks: ['core_refactor'] },
      { id: 'agent-3', tracks: ['error_engine'] },
    ]);
    expect(plan).toMatchObject({ name: 'workstreams', limits: { maxParallel: 3 } });
    const task = plan.tasks.find(({ id }) => id === 'ws-23')!;
    expect(task).toMatchObject({
      ...{ agent: 'aider', track: 'pipeline_plus', priority: 10, retry: { maxAttempts: 3 } },
      ...{ prompt: 'Do ws-23.\nCommit it.', dependsOn: [{ task: 'ws-22', on: 'all_success' }] },
    });
    expect(plan.tasks.find(({ id }) => id === 'ws-04')!.priority).toBe(8);
  });

  it('is done 2.4 times as fast by three agents as by one, and faster by six', () => {
    const all = [...chain(numbers(3, 9)), ...chain(numbers(12, 17)), ...chain(numbers(22, 30))];
    const loose = numbers(31, 47).map((id) => workstream(id));
    const durationOf = (agents: number): number => {
      const members = Array.from({ length: agents }, (_, index) => ({ id: `agent-${index + 1}` }));
      const tracks = { pipeline: numbers(22, 30), core: numbers(3, 9), errors: numbers(12, 17) };
      const { plan } = load(folderOf([...all, ...loose], { 'agents.yaml': { agents: members, tracks } }));
      expect(plan.tasks).toHaveLength(39);
      const slots = slotRulesOf(plan)!;
      const how = { maxParallel: plan.limits.maxParallel, durationMs: () => 1000, loopsRunFully: false };
      return makespanOf({ tasks: plan.tasks, phases: plan.phases, slots }, how);
    };
    const one = durationOf(1);
    expect(one).toBe(39_000);
    expect(one / durationOf(3)).toBeGreaterThanOrEqual(2.4);
    expect(durationOf(6)).toBeLessThan(durationOf(3));
  });

  it('keeps everything else that a workstream says as data, and takes its texts as they stand', () => {
    const more = {
      title: 'Schema',
      estimate_h: 4,
      files_scope: ['src/${{ x }}.ts'],
      tasks: ['Write ${{ a }}', { b: 1 }],
    };
    const { plan, warnings } = load(folderOf([workstream('ws-1', more)]));
    expect(warnings).toEqual([]);
    expect(plan.tasks[0]).toMatchObject({
      ...{ prompt: 'Write ${{ a }}\n{"b":1}', template: null, agent: 'aider' },
      ...{ data: { title: 'Schema', estimate_h: 4 }, filesScope: ['src/${{ x }}.ts'] },
    });
    expect(plan).not.toHaveProperty('pool');
    expect(plan.limits.maxParallel).toBe(10);
  });

  it('is done by the programs that the members of its pool name, of their kinds of agent alone', () => {
    const agents = [
      { id: 'one', type: 'codex', runner: 'codex' },
      { id: 'two', type: 'codex', runner: 'codex' },
      { id: 'three', type: 'aider', runner: 'command', command: ['aider', '{prompt}'] },
      { id: 'four', type: 'coder' },
    ];
    const streams = ['codex', 'aider', 'coder'].map((tool) => workstream(`ws-${tool}`, { tool }));
    const runnersOf = (pool: JsonObject[]) => {
      const { agents: all } = load(folderOf(streams, { 'agents.yaml': { agents: pool } })).plan;
      return ['codex', 'aider', 'coder'].map((name) => all[name]!.runner);
    };
    expect(runnersOf(agents)).toEqual([
      { kind: 'codex' },
      { kind: 'command', command: ['aider', '{prompt}'] },
      undefined,
    ]);
    const [, , aider, coder] = agents;
    const named = runnersOf([
      { ...agents[0]!, runner: 'claude_code' },
      { id: 'three', type: 'aider', runner: 'aider' },
    ]);
    expect(named).toMatchObject([
      { kind: 'claude' },
      { kind: 'command', command: expect.arrayContaining(['aider']) },
      undefined,
    ]);
    expect(() => runnersOf([...agents, { id: 'five', type: 'codex', runner: 'pi' }])).toThrow(
      /members of the type "codex" have one runner, and this one says another/,
    );
    expect(() => runnersOf([{ ...aider!, command: [] }, coder!])).toThrow(/command/);
  });

  it('finds its pool in itself before beside it, and a named one before both', () => {
    const of = (id: string): string => `agents: [{ id: ${id}, type: codex }]`;
    const files = {
      'workstreams/agents.yaml': of('inside'),
      'agents.yaml': of('beside'),
      'other.json': '[{"id":"named"}]',
    };
    const folder = folderOf([workstream('ws-1')], files);
    expect(load(folder).plan).toMatchObject({ pool: [{ id: 'inside', tracks: [] }], tasks: [{ agent: 'codex' }] });
    expect(load(folder, { pool: join(dirname(folder), 'other.json') }).plan.pool).toEqual([
      { id: 'named', tracks: [] },
    ]);
    expect(load(folderOf([workstream('ws-1')], { 'agents.yaml': of('beside') })).plan.pool![0]!.id).toBe('beside');
    // What was only found there may be another program's.
    expect(load(folderOf([workstream('ws-1')], { 'agents.yaml': 'researcher: { role: x }' })).plan).not.toHaveProperty(
      'pool',
    );
  });

  it('says where tool and pool differ, and lets the tool win', () => {
    const folder = folderOf([workstream('ws-1', { tool: 'codex', track: 'core_refactor' }), workstream('ws-2')], {
      'agents.yaml': pool,
    });
    const { plan, warnings } = load(folder);
    expect(plan.tasks.map(({ agent, track }) => [agent, track])).toEqual([
      ['codex', 'core_refactor'],
      ['aider', undefined],
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(['tool-differs', 'unknown-track', 'unknown-track']);
    expect(warnings[0]).toMatchObject({ file: join(folder, 'ws-1.json'), line: 7 });
    expect(warnings[0]!.message).toContain('agent-2 (aider)');
  });

  it('tells every mistake in the file where it stands', () => {
    const folder = folderOf(
      [
        workstream('ws-1', { depends_on: ['ws-22'] }),
        workstream('ws-2', { tool: 'adier', tasks: 5 }),
        workstream('ws-3'),
      ],
      {
        'workstreams/ws-4.json': '{ "id": }',
        'agents.yaml': 'agents: [{ id: a, runner: aidr }, { id: a, runner: aidr }]\ntracks: { x: [ws-9, ws-1] }',
      },
    );
    expect(() => load(folder)).toThrow(/ws-4\.json:1:9: error/);
    writeFileSync(join(folder, 'ws-4.json'), '{ "id": "ws-3", "tasks": ["x"] }');
    const found = ((): DefinitionError => {
      try {
        load(folder);
      } catch (error) {
        return error as DefinitionError;
      }
      throw new Error('it was accepted');
    })().diagnostics;
    expect(
      found.map(({ file, line, code, hint }) => [file!.slice(dirname(folder).length + 1), line, code, hint]),
    ).toEqual([
      ['workstreams/ws-1.json', 8, 'unknown-task', 'did you mean "ws-2"?'],
      ['workstreams/ws-2.json', 3, 'wrong-type', null],
      ['workstreams/ws-2.json', 4, 'unknown-agent', 'did you mean "aider"?'],
      ['workstreams/ws-4.json', 1, 'duplicate-id', 'ids are unique in a file'],
      ['agents.yaml', 1, 'unknown-runner', expect.stringContaining('did you mean "aider"?')],
      ['agents.yaml', 1, 'duplicate-id', null],
    ]);
  });

  it('may be one text, and be added to a run that lives', () => {
    const value = { workstreams: [workstream('ws-1'), workstream('ws-2', { track: 'x' })], agents: [{ id: 'one' }] };
    const { plan } = loadPlan({ kind: 'object', value, name: 'mine' }, context);
    expect(plan).toMatchObject({ pool: [{ id: 'one', tracks: ['x'] }], tasks: [{ id: 'ws-1' }, { id: 'ws-2' }] });
    const alone = loadPlan({ kind: 'text', text: JSON.stringify(workstream('ws-7')), file: 'ws-7.json' }, context);
    expect(alone.plan).toMatchObject({ name: 'ws-7', tasks: [{ id: 'ws-7', prompt: 'Do ws-7.\nCommit it.' }] });
    const { tasks } = loadAddedTasks([workstream('ws-3', { depends_on: ['ws-1'] })], {
      ...{ plan, existingIds: ['ws-1', 'ws-2'], depth: 1 },
    });
    expect(tasks).toMatchObject([{ id: 'ws-3', agent: 'aider', retry: { maxAttempts: 3 } }]);
  });

  it('has its agents in it or beside it; a folder without workstreams is told', () => {
    const folder = folderOf([workstream('ws-1')], { 'empty/x.txt': '' });
    const project = dirname(folder);
    expect(agentDirsFor(folder, root).slice(0, 2)).toEqual([join(folder, 'agents'), join(project, 'agents')]);
    expect(() => load(join(project, 'empty'))).toThrow(/is a folder, not a file, and has no ws-/);
  });
});
