import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  broughtDefinition,
  checkAddedTasks,
  checkAsked,
  checkPlanned,
  OutOfBoundsError,
  type CallerBounds,
} from '../../../../src/client/access/caller-bounds.ts';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-bounds-')));
const cwd = join(root, 'service');
const shared = join(root, 'shared');
const elsewhere = join(root, 'elsewhere');
for (const folder of [
  cwd,
  shared,
  elsewhere,
  join(cwd, 'inner'),
  join(cwd, 'planted'),
  join(root, 'service-of-others'),
])
  mkdirSync(folder);
for (const folder of [cwd, elsewhere])
  writeFileSync(join(folder, 'flow.yaml'), 'default_profile: coder\ntasks:\n  - { id: a, prompt: Say a. }\n');
mkdirSync(join(cwd, 'agents'));
writeFileSync(join(cwd, 'agents', 'coder.md'), '---\nname: coder\ndescription: writes code\n---\nYou code.\n');
symlinkSync(elsewhere, join(cwd, 'link'));
symlinkSync(join(elsewhere, 'flow.yaml'), join(cwd, 'linked.yaml'));
symlinkSync('/etc/passwd', join(cwd, 'planted', 'agent.md'));

const run: CallerBounds = { folders: [cwd, shared], bringsCommands: false };
const admin: CallerBounds = { ...run, bringsCommands: true };

/** Where what was found stands; empty: nothing was. */
function foundBy(work: () => void): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof OutOfBoundsError)) throw error;
    return error.diagnostics.map(({ path }) => path);
  }
  return [];
}

async function plannedBy(bounds: CallerBounds, definition: JsonObject): Promise<string[]> {
  const { plan } = await loadDefinition(
    { kind: 'object', value: { default_profile: 'coder', ...definition }, name: 'brought' },
    { cwd, looksForFolders: false },
  );
  return foundBy(() => checkPlanned(bounds, plan, definition));
}

const outside = [
  ...['..', '../elsewhere', '/', '/etc', '/etc/passwd', elsewhere, 'link', 'link/deep/er', 'inner/../../elsewhere'],
  ...[`${cwd}/../elsewhere`, '../service-of-others', `${cwd}-of-others`, './link/.', '/proc/self/root'],
];

describe('checkAsked', () => {
  it.each(outside)('refuses %s as a folder or a file, for every key', (name) => {
    for (const bounds of [run, admin]) {
      expect(foundBy(() => checkAsked(bounds, cwd, { workspace: name }))).toEqual(['workspace']);
      expect(foundBy(() => checkAsked(bounds, cwd, { worktree: name }))).toEqual(['worktree']);
      expect(foundBy(() => checkAsked(bounds, cwd, { file: name, pool: name, tracks: name, patterns: name }))).toEqual(
        expect.arrayContaining(['file', 'pool', 'tracks', 'patterns']),
      );
      expect(foundBy(() => checkAsked(bounds, cwd, { agents: ['coder', name] }))).toEqual(['agents[1]']);
    }
  });

  it('lets folders and files of the service through, and templates by their names', () => {
    const asked = { workspace: 'inner', file: 'flow.yaml', agents: ['coder', 'inner'], worktree: '../shared/new/tree' };
    expect(foundBy(() => checkAsked(run, cwd, asked))).toEqual([]);
    expect(foundBy(() => checkAsked(run, cwd, { file: 'linked.yaml' }))).toEqual(['file']);
    // What is read from a folder does not lead out of it, either; what agents work in may hold any link.
    expect(foundBy(() => checkAsked(run, cwd, { file: 'planted', agents: ['planted'] }))).toEqual([
      'agents[0]',
      'file',
    ]);
    expect(foundBy(() => checkAsked(run, cwd, { workspace: 'planted' }))).toEqual([]);
    expect(foundBy(() => checkAsked(run, cwd, { file: join(elsewhere, 'flow.yaml') }, [elsewhere]))).toEqual([]);
    expect(foundBy(() => checkAsked(run, cwd, { file: 'code-review' }))).toEqual([]);
  });

  it('refuses modules, scripted models and a shell without a sandbox, for every key', () => {
    const asked = { tools: ['inner/tools.mjs'], script: 'script.mjs', allowUnsandboxedShell: true };
    for (const bounds of [run, admin])
      expect(foundBy(() => checkAsked(bounds, cwd, asked))).toEqual(['tools', 'script', 'allowUnsandboxedShell']);
  });
});

describe('checkPlanned', () => {
  const task = { id: 'a', prompt: 'Say a.' };

  it('refuses workspaces outside, of the run and of tasks, for every key', async () => {
    for (const bounds of [run, admin]) {
      expect(await plannedBy(bounds, { workspace: elsewhere, tasks: [task] })).toEqual(['workspace']);
      expect(await plannedBy(bounds, { tasks: [{ ...task, workspace: '../elsewhere' }] })).toEqual(['workspace']);
      expect(await plannedBy(bounds, { tasks: [{ ...task, workspace: 'inner' }] })).toEqual([]);
    }
  });

  it.each<[string, JsonObject, string[]]>([
    [
      'a task that is a command',
      { tasks: [task, { id: 'b', tool: 'bash', input: { command: 'id' } }] },
      ['tasks[1].tool'],
    ],
    ['an undoing by a command', { tasks: [{ ...task, compensate: { bash: 'id' } }] }, ['tasks[0].compensate']],
    [
      'an undoing by the shell tool, in a phase',
      { phases: [{ name: 'p', tasks: [{ ...task, compensate: { tool: 'bash', input: { command: 'id' } } }] }] },
      ['phases[0].tasks[0].compensate'],
    ],
    ['a check that is a command', { tasks: [task], evaluate: { checks: [{ command: 'id' }] } }, ['evaluate']],
    ['prices', { tasks: [task], models: { 'claude-x': { price: { input: 0, output: 0 }, window: 1000 } } }, ['models']],
  ])('refuses %s of a key without the scope admin', async (_, definition, paths) => {
    expect(await plannedBy(run, definition)).toEqual(paths);
    expect(await plannedBy(admin, definition)).toEqual([]);
  });

  it('takes a file of the service at its word, and reads what came as text', async () => {
    const text = 'models: { m: { price: { input: 0, output: 0 } } }\ntasks:\n  - { id: a, prompt: Say a. }\n';
    expect(await broughtDefinition({ text })).toMatchObject({ models: {}, tasks: [{ id: 'a' }] });
    expect(await broughtDefinition({ file: 'flow.yaml' })).toBeNull();
    const { plan } = await loadDefinition(
      { kind: 'file', file: join(cwd, 'flow.yaml') },
      { cwd, looksForFolders: false },
    );
    expect(foundBy(() => checkPlanned(run, plan, null))).toEqual([]);
  });

  it('finds no workflow of a task outside of the folders', async () => {
    const definition: JsonObject = { tasks: [{ id: 'a', workflow: '../elsewhere/flow.yaml' }] };
    const source = { kind: 'object', value: definition, name: 'brought' } as const;
    await expect(loadDefinition(source, { cwd, within: run.folders, looksForFolders: false })).rejects.toThrow(
      'outside of',
    );
  });
});

describe('checkAddedTasks', () => {
  it.each<[JsonValue, string[]]>([
    [[{ id: 'a', prompt: 'x', compensate: { bash: 'id' } }], ['tasks[0].compensate']],
    [[{ id: 'a', tool: 'bash', input: { tool: 'no key of ours' } }], ['tasks[0].tool']],
    [[{ id: 'a', prompt: 'x', context: { workspace: 'no key of ours' } }], []],
  ])('finds in %j %j', (tasks, paths) => {
    expect(foundBy(() => checkAddedTasks(run, tasks))).toEqual(paths);
    expect(foundBy(() => checkAddedTasks(admin, tasks))).toEqual([]);
  });

  it('lets nobody name a folder', () => {
    expect(foundBy(() => checkAddedTasks(admin, [{ id: 'a', prompt: 'x', workspace: '/etc' }]))).toEqual([
      'tasks[0].workspace',
    ]);
  });
});
