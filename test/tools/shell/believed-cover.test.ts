import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { believedByLinks, believedIn, type Places } from '../../../src/host/believed.ts';
import { createBashTool } from '../../../src/tools/shell/bash.ts';
import { resolveInJail } from '../../../src/tools/files/workspace-jail.ts';
import { findSandbox } from '../../../src/host/sandbox/sandbox.ts';
import { isCommandRunning } from '../../../src/host/sandbox/running-commands.ts';
import { until } from '../../support/base/until.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { toolCall } from '../../support/tools/tool-call.ts';

const found = await findSandbox({ allowUnsandboxed: false });

const root = realpathSync(path.join(import.meta.dirname, '../../..'));
const otherWorker = `
  import { createBashTool } from './src/tools/shell/bash.ts';
  import { findSandbox } from './src/host/sandbox/sandbox.ts';
  import { toolCall } from './test/support/tools/tool-call.ts';
  const [workspace, command] = process.argv.slice(1);
  const found = await findSandbox({ allowUnsandboxed: false });
  await createBashTool({ ...found, places: {} }).run({ command }, toolCall({ workspace }), new AbortController().signal);`;

let workspace: string;
beforeEach(() => void (workspace = realpathSync(tempFolder())));

const run = (command: string, places: Places = {}) =>
  createBashTool({ ...found, places }).run({ command }, toolCall({ workspace }), new AbortController().signal);
const at = (...names: string[]): string => path.join(workspace, ...names);

describe.skipIf(found.sandbox !== 'bubblewrap')('what is believed outside of the sandbox', () => {
  const names = ['.env', '.env.local', '.gaffer', '.claude', '.mcp.json'];

  it.each(names)('cannot be made by a command: %s', async (name) => {
    const { content } = await run(
      `echo x > ${name}; mkdir -p ${name}; echo x > ${name}/x; rm -rf ${name}; mv ${name} y; ln -s /tmp ${name}; ls -la ${name}`,
    );
    expect(content).toMatch(/Read-only file system|Is a directory/);
    expect(readdirSync(workspace)).toEqual([]);
  });

  it('keeps a command from making the project file, in the root of the project that Gaffer stands in', async () => {
    mkdirSync(at('app', 'below'), { recursive: true });
    writeFileSync(at('app', 'package.json'), '{}');
    const { content } = await run('for d in app app/below; do echo x > $d/gaffer.yaml; done', {
      project: at('app', 'below'),
    });
    expect(content.match(/gaffer\.yaml: (Is a directory|Read-only)/g)).toHaveLength(2);
    expect(readdirSync(at('app')).sort()).toEqual(['below', 'package.json']);
  });

  it('leaves nothing behind where agents are looked for in a folder that is not there', async () => {
    const { content } = await run('mkdir -p .claude/agents; ls -a .claude; echo fine > file', {
      project: workspace,
      agents: [at('agents'), at('.claude', 'agents')],
    });
    expect(content).toContain('Read-only file system');
    expect(readdirSync(workspace)).toEqual(['file']);
  });

  it('is not put into the commits of a command', async () => {
    const { content } = await run('git init -q . && git add -A && git status --porcelain');
    expect(content).not.toMatch(/\.env|\.mcp|\.claude|\.gaffer/);
  });

  it('cannot be changed where it is there', async () => {
    mkdirSync(at('agents'));
    writeFileSync(at('agents', 'a.md'), 'mine');
    writeFileSync(at('.mcp.json'), 'mine');
    await run('echo x > agents/a.md; echo x > agents/b.md; mv agents gone; echo x > .mcp.json; rm .mcp.json');
    expect(readFileSync(at('agents', 'a.md'), 'utf8')).toBe('mine');
    expect(readFileSync(at('.mcp.json'), 'utf8')).toBe('mine');
    expect(readdirSync(at('agents'))).toEqual(['a.md']);
  });

  it('is covered in the project below the workspace, and in every folder on the way', async () => {
    mkdirSync(at('a', 'project'), { recursive: true });
    writeFileSync(at('a', 'project', '.env'), 'CANARY-7f3a');
    const places = { project: at('a', 'project'), home: at('a', '.data') };
    const { content } = await run(
      'cat a/project/.env; for d in . a a/project; do echo x > $d/.env; mkdir $d/.gaffer $d/agents; echo x > $d/agents/x.md; done; mv a b; mkdir -p a/.data; echo x > a/.data/x; echo fine > a/project/file',
      places,
    );
    expect(content).not.toContain('CANARY');
    expect(readFileSync(at('a', 'project', '.env'), 'utf8')).toBe('CANARY-7f3a');
    expect(readdirSync(workspace).filter((name) => name !== 'agents')).toEqual(['a']);
    expect(readdirSync(at('a'))).toEqual(['project']);
    expect(readdirSync(at('a', 'project')).sort()).toEqual(['.env', 'file']);
  });

  it('stays covered while one of two commands goes on', async () => {
    const long = run(
      'touch ready; while [ ! -e go ]; do sleep 0.05; done; echo x > .env; mkdir .gaffer; ls -d .gaffer/* || true',
    );
    while (!existsSync(at('ready'))) await run('true');
    await run('true');
    writeFileSync(at('go'), '');
    await long;
    expect(readdirSync(workspace).sort()).toEqual(['go', 'ready']);
  });
});

describe.skipIf(found.sandbox !== 'bubblewrap')('placeholders of what is missing', () => {
  // Another worker: a process of its own.
  const elsewhere = (command: string) =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', otherWorker, workspace, command], {
      cwd: root,
    });

  it('stay while a command of another process goes on, and go with the last', async () => {
    const other = elsewhere('touch ready; while [ ! -e go ]; do sleep 0.05; done; mkdir .claude; echo x > .claude/x');
    const ended = once(other, 'exit');
    await until('it runs', () => existsSync(at('ready')));
    await run('true');
    expect(readdirSync(workspace)).toContain('.claude');
    writeFileSync(at('go'), '');
    await ended;
    expect(readdirSync(workspace).sort()).toEqual(['go', 'ready']);
  });

  it('of a process that was killed go with the next command', async () => {
    const other = elsewhere('touch ready; sleep 600');
    const ended = once(other, 'exit');
    await until('it runs', () => existsSync(at('ready')));
    other.kill('SIGKILL');
    await ended;
    expect(readdirSync(workspace)).toContain('.claude');
    await until('its command is gone', () => !isCommandRunning(workspace));
    await run('true');
    expect(readdirSync(workspace)).toEqual(['ready']);
  });
});

describe('believedIn', () => {
  it('names our own code where a workspace holds it', () => {
    const own = believedIn(root)
      .filter(({ cover }) => cover === 'read-only')
      .map((each) => each.path);
    expect(own).toEqual(expect.arrayContaining(['bin', 'dist', 'package.json']));
    expect(believedIn(path.join(root, 'src')).map((each) => each.path)).not.toContain('dist');
  });

  it("names the user's own folders of Gaffer where a workspace holds them", () => {
    const places = { userFolders: [at('.config', 'gaffer')] };
    expect(believedIn(workspace, places)).toContainEqual({ path: '.config/gaffer', cover: 'hidden' });
  });

  it('names what links in what links lead to lead to, and ends where they go round', () => {
    for (const folder of ['agents', 'team', 'more']) mkdirSync(at(folder));
    symlinkSync('../team', at('agents', 'team'));
    symlinkSync('../more', at('team', 'more'));
    symlinkSync('../written.md', at('more', 'coder.md'));
    symlinkSync('../agents', at('more', 'round'));
    const named = (all: { path: string }[]) => all.map((each) => each.path);
    for (const all of [believedIn(workspace), believedByLinks(workspace)])
      expect(named(all)).toEqual(expect.arrayContaining(['team', 'more', 'written.md']));
  });
});

describe.skipIf(found.sandbox !== 'bubblewrap')('what believed names lead to as links', () => {
  it('is covered by its other name, whether it is there or not', async () => {
    mkdirSync(at('shared', 'agents'), { recursive: true });
    mkdirSync(at('.claude'));
    writeFileSync(at('shared', 'agents', 'a.md'), 'mine');
    writeFileSync(at('dev.env'), 'CANARY-7f3a');
    symlinkSync('shared/agents', at('agents'));
    symlinkSync('../notes/settings.json', at('.claude', 'settings.json'));
    symlinkSync('dev.env', at('.env'));
    mkdirSync(at('notes'));
    const { content } = await run(
      'cat dev.env .env; echo x > shared/agents/a.md; echo x > agents/b.md; mv shared s; echo x > notes/settings.json; mv notes n; echo x > dev.env; echo fine > shared/file',
    );
    expect(content).not.toContain('CANARY');
    expect(readFileSync(at('dev.env'), 'utf8')).toBe('CANARY-7f3a');
    expect(readFileSync(at('shared', 'agents', 'a.md'), 'utf8')).toBe('mine');
    expect(readdirSync(at('shared')).sort()).toEqual(['agents', 'file']);
    expect(readdirSync(at('shared', 'agents'))).toEqual(['a.md']);
    expect(readdirSync(at('notes'))).toEqual([]);
    for (const [name, use] of [
      ['shared/agents/b.md', 'write'],
      ['dev.env', 'read'],
    ] as const)
      await expect(resolveInJail(workspace, name, use)).rejects.toThrow('only a person changes');
    await expect(resolveInJail(workspace, 'shared/agents/a.md', 'read')).resolves.toMatchObject({ missing: 0 });
  });
});
