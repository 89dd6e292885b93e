import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  broughtDefinition,
  checkAddedTasks,
  checkAsked,
  checkEdit,
  checkMade,
  checkPlanned,
  OutOfBoundsError,
  type CallerBounds,
} from '../../../../src/client/access/caller-bounds.ts';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-bounds-')));
afterAll(() => rmSync(root, { recursive: true }));
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
for (const folder of ['.gaffer', '.git', 'data', 'data/home', 'deep', 'deep/er', 'far', 'far/er'])
  mkdirSync(join(cwd, folder));
for (const file of [
  '.env',
  '.env.local',
  '.gaffer/postgres.json',
  '.gaffer/flow.yaml',
  '.git/config',
  'Makefile',
  'key.pem',
])
  writeFileSync(join(cwd, file), 'password: hunter2\n');
symlinkSync('/etc/passwd', join(cwd, 'deep', 'er', 'agent.md'));
symlinkSync(elsewhere, join(cwd, 'far', 'er', 'agents'));
symlinkSync(join(cwd, '.gaffer'), join(cwd, 'innocent'));
symlinkSync(join(cwd, '.env'), join(cwd, 'env.yaml'));

const home = join(cwd, '.gaffer');
const run: CallerBounds = { folders: [cwd, shared], home, startsRuns: true, seesFiles: true, bringsCommands: false };
const read: CallerBounds = { ...run, startsRuns: false };
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
  return foundBy(() => checkPlanned(bounds, plan, { brought: definition, cwd }));
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
    expect(foundBy(() => checkAsked(run, cwd, { file: 'flow' }, [elsewhere]))).toEqual([]);
    expect(foundBy(() => checkAsked(run, cwd, { file: 'code-review' }))).toEqual([]);
  });

  const hidden = [
    ...['.gaffer', '.gaffer/new', '.git', 'inner/.hidden', 'innocent', 'innocent/new', './inner/../.gaffer'],
    ...['data', 'data/home', 'data/home/run'],
  ];
  it.each(hidden)('refuses %s, of the service itself, as a folder to work in or to read', (name) => {
    const bounds = name.startsWith('data') ? { ...admin, home: join(cwd, 'data', 'home') } : admin;
    expect(foundBy(() => checkAsked(bounds, cwd, { workspace: name }))).toEqual(['workspace']);
    expect(foundBy(() => checkAsked(bounds, cwd, { agents: [`./${name}`] }))).toEqual(['agents[0]']);
    expect(foundBy(() => checkMade(bounds, [join(cwd, name)]))).toEqual(['worktree']);
    expect(foundBy(() => checkAsked(bounds, cwd, { workspace: '.' }))).toEqual([]);
  });

  const secrets = [
    '.env',
    '.env.local',
    '.gaffer/postgres.json',
    '.gaffer/flow.yaml',
    '.git/config',
    'innocent/flow.yaml',
  ];
  it.each([...secrets, 'env.yaml', 'Makefile', 'key.pem'])('refuses %s as a file', (name) => {
    const files = { file: name, pool: name, tracks: name, patterns: name };
    expect(foundBy(() => checkAsked(admin, cwd, files)).toSorted()).toEqual(Object.keys(files).toSorted());
  });

  it('looks at what links lead to at any depth of a folder that is read', () => {
    expect(foundBy(() => checkAsked(admin, cwd, { agents: ['deep', 'far', 'inner'], file: './deep' }))).toEqual([
      'agents[0]',
      'agents[1]',
      'file',
    ]);
  });

  it('lets a key that starts nothing name templates alone', () => {
    const all = { file: 'flow.yaml', workspace: 'inner', agents: ['./inner'], pool: 'pool.yaml' };
    expect(foundBy(() => checkAsked(read, cwd, all)).toSorted()).toEqual(['agents[0]', 'file', 'pool', 'workspace']);
    expect(foundBy(() => checkAsked(read, cwd, { file: 'Makefile' }))).toEqual(['file']);
    expect(foundBy(() => checkAsked(read, cwd, { file: 'flow', agents: ['coder'] }, [elsewhere]))).toEqual([]);
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

  it('lets a key that starts nothing name no folder, and nobody a communication file of the service', async () => {
    expect(await plannedBy(read, { workspace: 'inner', tasks: [task] })).toEqual(['workspace']);
    expect(await plannedBy(read, { tasks: [{ ...task, workspace: 'inner' }] })).toEqual(['workspace']);
    expect(await plannedBy(read, { tasks: [task] })).toEqual([]);
    const bounds = { ...run, home: join(cwd, 'data') };
    expect(await plannedBy(bounds, { communication_file: 'data/a.json', tasks: [task] })).toEqual([
      'communication_file',
    ]);
    expect(await plannedBy(run, { communication_file: '.ai-agents/state/a.json', tasks: [task] })).toEqual([]);
  });

  it('takes a file of the service at its word, and reads what came as text', async () => {
    const text = 'models: { m: { price: { input: 0, output: 0 } } }\ntasks:\n  - { id: a, prompt: Say a. }\n';
    expect(await broughtDefinition({ text })).toMatchObject({ models: {}, tasks: [{ id: 'a' }] });
    expect(await broughtDefinition({ file: 'flow.yaml' })).toBeNull();
    const { plan } = await loadDefinition(
      { kind: 'file', file: join(cwd, 'flow.yaml') },
      { cwd, looksForFolders: false },
    );
    expect(foundBy(() => checkPlanned(run, plan, { brought: null, cwd }))).toEqual([]);
  });

  it('finds no workflow of a task outside of the folders', async () => {
    const definition: JsonObject = { tasks: [{ id: 'a', workflow: '../elsewhere/flow.yaml' }] };
    const source = { kind: 'object', value: definition, name: 'brought' } as const;
    await expect(loadDefinition(source, { cwd, within: run.folders, looksForFolders: false })).rejects.toThrow(
      'outside of',
    );
  });
});

describe('checkEdit', () => {
  it.each<[CallerBounds, string | null, string[]]>([
    [read, null, ['edit']],
    [read, 'files', ['edit']],
    [run, 'files', []],
    [run, null, []],
    [run, 'bash', ['edit']],
    [admin, 'bash', []],
  ])('with %j and the tool %s finds %j', (bounds, tool, paths) => {
    expect(foundBy(() => checkEdit(bounds, tool))).toEqual(paths);
  });
});

describe('checkAddedTasks', () => {
  const addedBy = async (bounds: CallerBounds, tasks: JsonValue): Promise<string[]> => {
    const refused = await checkAddedTasks(bounds, tasks).catch((error: unknown) => error);
    return foundBy(() => {
      if (refused !== undefined) throw refused;
    });
  };

  it.each<[JsonValue, string[]]>([
    [[{ id: 'a', prompt: 'x', compensate: { bash: 'id' } }], ['tasks[0].compensate']],
    [[{ id: 'a', prompt: 'x', compensate: { tool: 'bash', input: {} } }], ['tasks[0].compensate']],
    [[{ id: 'a', tool: 'bash', input: { tool: 'no key of ours' } }], ['tasks[0].tool']],
    [[{ id: 'a', prompt: 'x', context: { workspace: 'no key of ours' } }], []],
    [[{ id: 'a', prompt: 'x', for_each: { items: [{ tool: 'bash', workspace: '/' }] } }], []],
    [[{ id: 'a', tool: 'files', input: {} }], []],
    [{ tasks: [{ agentName: 'coder', prompt: 'x' }] }, []],
  ])('finds in %j %j', async (tasks, paths) => {
    expect(await addedBy(run, tasks)).toEqual(paths);
    expect(await addedBy(admin, tasks)).toEqual([]);
  });

  it('lets nobody name a folder', async () => {
    expect(await addedBy(admin, [{ id: 'a', prompt: 'x', workspace: '/etc' }])).toEqual(['tasks[0].workspace']);
  });
});
