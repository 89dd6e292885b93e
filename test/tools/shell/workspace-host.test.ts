import { execFileSync, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findSandbox } from '../../../src/host/sandbox/sandbox.ts';
import type { ShellSettings } from '../../../src/host/sandbox/sandbox.ts';
import { createWorkspaceHost } from '../../../src/tools/shell/workspace-host.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { until } from '../../support/base/until.ts';

const never = new AbortController().signal;
const found = await findSandbox({ allowUnsandboxed: false });
const shells: [string, ShellSettings][] = [
  ...(found.sandbox === 'bubblewrap' ? [['in the sandbox', found] as [string, ShellSettings]] : []),
  ['without a sandbox', { sandbox: 'unsandboxed' }],
];

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'safe.directory=*'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

function repository(): string {
  const folder = tempFolder();
  git(folder, 'init', '--quiet');
  writeFileSync(path.join(folder, 'kept.txt'), 'first\n');
  writeFileSync(path.join(folder, '.gitignore'), 'ignored.txt\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'first');
  return folder;
}

describe.each(shells)('snapshot %s', (_name, settings) => {
  const host = createWorkspaceHost(settings);
  const ref = 'refs/gaffer/run-1/start';

  it('keeps all files as a commit, and changes neither HEAD, index nor files', async () => {
    const workspace = repository();
    writeFileSync(path.join(workspace, 'kept.txt'), 'second\n');
    writeFileSync(path.join(workspace, 'new.txt'), 'new\n');
    writeFileSync(path.join(workspace, 'ignored.txt'), 'no\n');
    writeFileSync(path.join(workspace, '.env'), 'KEY=secret\n');
    const look = () => [git(workspace, 'rev-parse', 'HEAD'), git(workspace, 'status', '--porcelain')];
    const before = look();
    const commit = await host.snapshot({ workspace, ref, title: 'a "title"; $(touch hacked)' }, never);
    expect(look()).toEqual(before);
    expect(commit).toBe(git(workspace, 'rev-parse', ref));
    expect(git(workspace, 'show', `${commit}:kept.txt`)).toBe('second');
    expect(git(workspace, 'ls-tree', '--name-only', commit!).split('\n')).toEqual([
      '.gitignore',
      'kept.txt',
      'new.txt',
    ]);
    expect(git(workspace, 'log', '-1', '--format=%s', commit!)).toBe('a "title"; $(touch hacked)');
    expect(existsSync(path.join(workspace, 'hacked'))).toBe(false);
  });

  it('runs no hook and no monitor of the repository', async () => {
    const workspace = repository();
    const trap = path.join(workspace, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${path.join(workspace, 'trapped')}\n`, { mode: 0o755 });
    git(workspace, 'config', 'core.fsmonitor', trap);
    writeFileSync(path.join(workspace, '.git/hooks/reference-transaction'), readFileSync(trap), { mode: 0o755 });
    expect(await host.snapshot({ workspace, ref, title: 't' }, never)).not.toBeNull();
    expect(existsSync(path.join(workspace, 'trapped'))).toBe(false);
  });

  it('has none where there is no repository, and one without a parent before the first commit', async () => {
    const workspace = tempFolder();
    expect(await host.snapshot({ workspace, ref, title: 't' }, never)).toBeNull();
    git(workspace, 'init', '--quiet');
    writeFileSync(path.join(workspace, 'a.txt'), 'a\n');
    const commit = await host.snapshot({ workspace, ref, title: 't' }, never);
    expect(git(workspace, 'show', `${commit}:a.txt`)).toBe('a');
  });
});

describe.each(shells)('undo %s', (_name, settings) => {
  const host = createWorkspaceHost(settings);
  const undo = (workspace: string, command: string, key: string = randomUUID(), env: Record<string, string> = {}) => {
    onTestFinished(() => host.forgetUndo(key));
    return host.undo({ key, workspace, command, env }, never);
  };

  it('hands values over as environment variables, which are data', async () => {
    const workspace = tempFolder();
    const value = `'; touch hacked; $(touch hacked) "\n\0end`;
    expect(await undo(workspace, 'printf %s "$VALUE" > out.txt', randomUUID(), { VALUE: value })).toBeNull();
    expect(readFileSync(path.join(workspace, 'out.txt'), 'utf8')).toBe(value.replace('\0', ''));
    expect(existsSync(path.join(workspace, 'hacked'))).toBe(false);
    expect(await undo(workspace, 'true', randomUUID(), { VALUE: 'x'.repeat(200_000) })).toContain('too long');
  });

  it('says what went wrong', async () => {
    expect(await undo(tempFolder(), 'echo no luck >&2; exit 3')).toBe('exit code 3: no luck');
  });

  it('does the same undo once, until it is forgotten', async () => {
    const workspace = tempFolder();
    const key = randomUUID();
    const log = path.join(workspace, 'log');
    await Promise.all([undo(workspace, 'echo once >> log', key), undo(workspace, 'echo once >> log', key)]);
    expect(await undo(workspace, 'echo once >> log', key)).toBeNull();
    expect(readFileSync(log, 'utf8')).toBe('once\n');
    await host.forgetUndo(key);
    await undo(workspace, 'echo once >> log', key);
    expect(readFileSync(log, 'utf8')).toBe('once\nonce\n');
  });

  it('outlives the process that began it: the next one waits for it', async () => {
    const workspace = tempFolder();
    const key = randomUUID();
    const command = 'echo effect >> log; until [ -e go ]; do sleep 0.02; done; echo end >> log; exit 7';
    const child = fork(new URL('../../support/tools/undo-main.mjs', import.meta.url), [
      JSON.stringify({ settings, key, workspace, command }),
    ]);
    const log = () =>
      existsSync(path.join(workspace, 'log')) ? readFileSync(path.join(workspace, 'log'), 'utf8') : '';
    await until('the undo has begun', () => log() !== '');
    child.kill('SIGKILL');
    const again = undo(workspace, command, key);
    writeFileSync(path.join(workspace, 'go'), '');
    expect(await again).toContain('exit code 7');
    expect(log()).toBe('effect\nend\n');
  });

  it('lets go of it when aborted, and finds it again', async () => {
    const workspace = tempFolder();
    const key = randomUUID();
    const abort = new AbortController();
    const command = 'echo effect >> log; until [ -e go ]; do sleep 0.02; done';
    const first = host.undo({ key, workspace, command, env: {} }, abort.signal);
    await until('the undo has begun', () => existsSync(path.join(workspace, 'log')));
    abort.abort(new Error('shutdown'));
    await expect(first).rejects.toThrow('shutdown');
    writeFileSync(path.join(workspace, 'go'), '');
    expect(await undo(workspace, command, key)).toBeNull();
    expect(readFileSync(path.join(workspace, 'log'), 'utf8')).toBe('effect\n');
  });
});

describe('a check', () => {
  const host = createWorkspaceHost(found);

  it.skipIf(found.sandbox !== 'bubblewrap')('may write in the folders of the lease alone', async () => {
    const workspace = tempFolder();
    mkdirSync(path.join(workspace, 'lib'));
    const check = { workspace, command: 'echo 1 > lib/in; echo 2 > out', timeoutMs: 60_000 };
    expect(await host.check({ ...check, writable: ['lib'] }, never)).toMatchObject({ kind: 'red' });
    expect([existsSync(path.join(workspace, 'lib/in')), existsSync(path.join(workspace, 'out'))]).toEqual([
      true,
      false,
    ]);
    expect(await host.check(check, never)).toMatchObject({ kind: 'green' });
  });
});
