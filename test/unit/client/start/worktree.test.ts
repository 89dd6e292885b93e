import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planWorktree } from '../../../../src/client/start/worktree.ts';

let parent: string;
let repository: string;
let snapshot: string;
const options = { folder: null, runId: 'crew-2' };

function git(...args: string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'core.fsmonitor=false'];
  return execFileSync('git', ['-C', repository, ...who, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

function write(name: string, text: string): void {
  mkdirSync(join(repository, name, '..'), { recursive: true });
  writeFileSync(join(repository, name), text);
}

/** As at a checkpoint: a commit of what stands there, and the branch as it was. */
function takeSnapshot(): string {
  git('add', '-A');
  const commit = git('commit-tree', git('write-tree'), '-p', 'HEAD', '-m', 'a snapshot');
  git('update-ref', 'refs/gaffer/crew-1/phase-One', commit);
  git('reset', '-q');
  return commit;
}

beforeEach(() => {
  parent = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-worktree-test-')));
  repository = join(parent, 'project');
  mkdirSync(repository);
  git('init', '-q');
  write('src/deep/a.txt', 'committed');
  git('add', '-A');
  git('commit', '-qm', 'first');
  write('src/deep/a.txt', 'at the checkpoint');
  write('new.txt', 'new');
  snapshot = takeSnapshot();
  write('src/deep/a.txt', 'later');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const worktrees = () => git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length;

describe('planWorktree', () => {
  it('makes a folder beside the repository with the files as they were, and takes it away again', async () => {
    const planned = await planWorktree({ workspace: repository, snapshot }, options);
    expect(planned).toMatchObject({
      folder: join(parent, 'project-crew-2'),
      workspace: join(parent, 'project-crew-2'),
    });
    expect(existsSync(planned.folder)).toBe(false);
    await planned.create();
    const read = (name: string) => readFileSync(join(planned.folder, name), 'utf8');
    expect([read('src/deep/a.txt'), read('new.txt')]).toEqual(['at the checkpoint', 'new']);
    const inNew = (...args: string[]) => execFileSync('git', ['-C', planned.folder, ...args], { encoding: 'utf8' });
    expect(inNew('status', '--porcelain')).toBe('');
    expect(inNew('rev-parse', 'HEAD').trim()).toBe(snapshot);
    expect(readFileSync(join(repository, 'src/deep/a.txt'), 'utf8')).toBe('later');
    expect(worktrees()).toBe(2);
    await planned.remove();
    expect(existsSync(planned.folder)).toBe(false);
    expect(worktrees()).toBe(1);
  });

  it('stands for a workspace that is a folder of its repository', async () => {
    const folder = join(parent, 'else where');
    const workspace = join(repository, 'src', 'deep');
    const planned = await planWorktree({ workspace, snapshot }, { ...options, folder });
    await planned.create();
    expect(planned.workspace).toBe(join(folder, 'src', 'deep'));
    expect(readdirSync(planned.workspace)).toEqual(['a.txt']);
  });

  it('runs no program that the repository names', async () => {
    const trap = `touch ${join(parent, 'trapped')}; cat`;
    for (const key of ['smudge', 'clean', 'process']) git('config', `filter.trap.${key}`, trap);
    git('config', 'filter.trap.required', 'true');
    git('config', 'core.fsmonitor', trap);
    write('.git/hooks/post-checkout', `#!/bin/sh\n${trap}\n`);
    execFileSync('chmod', ['+x', join(repository, '.git/hooks/post-checkout')]);
    write('.git/info/attributes', '* filter=trap\n');
    write('.gitattributes', '* filter=trap\n');
    const blob = execFileSync('git', ['-C', repository, 'hash-object', '-w', '--no-filters', '.gitattributes']);
    git('update-index', '--add', '--cacheinfo', `100644,${String(blob).trim()},.gitattributes`);
    const commit = git('commit-tree', git('write-tree'), '-m', 'a snapshot');
    rmSync(join(parent, 'trapped'), { force: true });
    const planned = await planWorktree({ workspace: repository, snapshot: commit }, options);
    await planned.create();
    await planned.remove();
    expect(existsSync(join(parent, 'trapped'))).toBe(false);
    expect(() => git('worktree', 'add', '-q', '--detach', join(parent, 'by-git-alone'), commit)).toThrow('smudge');
    expect(existsSync(join(parent, 'trapped'))).toBe(true);
  });

  it('touches nothing that stands there already', async () => {
    const folder = join(parent, 'project-crew-2');
    const planned = await planWorktree({ workspace: repository, snapshot }, options);
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), 'mine');
    await expect(planned.create()).rejects.toThrow('is there already');
    await expect(planWorktree({ workspace: repository, snapshot }, options)).rejects.toThrow('is there already');
    expect(readdirSync(folder)).toEqual(['mine']);
    expect(worktrees()).toBe(1);
  });

  it('leaves nothing behind when git cannot go through with it', async () => {
    const planned = await planWorktree({ workspace: repository, snapshot }, options);
    // A file of the snapshot is lost.
    const lost = git('rev-parse', `${snapshot}:new.txt`);
    rmSync(join(repository, '.git/objects', lost.slice(0, 2), lost.slice(2)), { force: true });
    await expect(planned.create()).rejects.toThrow(/`worktree`: git cannot make .*project-crew-2: /);
    expect(existsSync(planned.folder)).toBe(false);
    expect(worktrees()).toBe(1);
  });

  it.each([
    ['a folder without a repository', () => ({ workspace: parent, snapshot }), 'is not in a git repository'],
    ['a folder that is gone', () => ({ workspace: join(parent, 'gone'), snapshot }), 'there is no folder'],
    [
      'a snapshot that is gone',
      () => ({ workspace: repository, snapshot: '0123456789012345678901234567890123456789' }),
      'does not have the snapshot',
    ],
  ])('refuses %s', async (_, source, message) => {
    await expect(planWorktree(source(), options)).rejects.toThrow(message);
    expect(readdirSync(parent)).toEqual(['project']);
  });
});
