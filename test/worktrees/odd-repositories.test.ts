import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Worktrees } from '../../src/worktrees/worktrees.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { newWorktrees, openTask } from '../support/worktrees/open-task.ts';
import { bytesOf, gitAt, newProject, writeFiles as write } from '../support/worktrees/project.ts';

const none = { share: [], all: false };
let project: string;
let worktrees: Worktrees;

const git = (...args: string[]): string => gitAt(project, ...args);

const opened = (taskId: string, { start }: { start?: string } = {}) => openTask(worktrees, project, { taskId, start });

beforeEach(() => {
  project = newProject();
  worktrees = newWorktrees();
});

describe('Worktrees.find', () => {
  const submodule = (): void => {
    const other = join(tempFolder(), 'other');
    execFileSync('git', ['init', '-q', other]);
    gitAt(other, 'commit', '-q', '--allow-empty', '-m', 'x');
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'vendor/other');
    git('commit', '-qm', 'submodule');
  };

  it.each([
    { what: 'no repository', make: () => (project = tempFolder()), reason: 'is not in a git repository' },
    {
      what: 'a repository without a commit',
      make: () => {
        project = tempFolder();
        git('init', '-q');
      },
      reason: 'has no commit yet: make one (`git commit --allow-empty',
    },
    {
      what: 'a bare repository',
      make: () => {
        project = tempFolder();
        git('init', '-q', '--bare');
      },
      reason: 'is a bare git repository: name a checkout of it',
    },
    {
      what: 'a branch where those of tasks would go',
      make: () => git('branch', 'gaffer'),
      reason: 'has a branch `gaffer`, and git has no room for `gaffer/RUN/TASK` beside it',
    },
    { what: 'submodules', make: submodule, reason: 'has submodules (vendor/other)' },
    { what: 'a folder that is gone', make: () => (project = join(project, 'nowhere')), reason: 'there is no folder' },
  ])('refuses $what, and says why', async ({ make, reason }) => {
    make();
    await expect(worktrees.find(project, [])).rejects.toThrow(reason);
  });

  it('takes submodules that tasks get as copies', async () => {
    submodule();
    write(project, { 'vendor/other/file.txt': 'x\n' });
    const shared = { share: ['vendor/other'], all: false };
    const repository = await worktrees.find(project, shared.share);
    const place = worktrees.place(repository, { runKey: 'run/1', runId: 'run', taskId: 'build' });
    const { commit: start } = await worktrees.start(repository, { runId: 'run' });
    await worktrees.open(place, { start, shared });
    expect(readFileSync(join(place.folder, 'vendor/other/file.txt'), 'utf8')).toBe('x\n');
    expect(await worktrees.snapshot(place, { parent: start, shared, title: 'x' })).toBeNull();
  });

  it('takes a linked worktree, a subfolder, a sparse and a shallow checkout', async () => {
    const linked = join(tempFolder(), 'linked');
    git('worktree', 'add', '-q', linked, '-b', 'side');
    const shallow = join(tempFolder(), 'shallow');
    git('commit', '-q', '--allow-empty', '-m', 'two');
    git('clone', '-q', '--depth', '1', `file://${project}`, shallow);
    git('sparse-checkout', 'set', '--cone', '--sparse-index', 'nothing');
    const sub = join(linked, 'src');
    const main = project;
    const whole = { ...bytesOf(linked) };
    for (const [folder, inside] of [
      [linked, ''],
      [sub, 'src'],
      [shallow, ''],
      [main, ''],
    ] as const) {
      project = folder;
      const place = await opened(`of-${inside}`);
      expect(place.workspace).toBe(join(place.folder, inside));
      expect(bytesOf(place.folder)).toEqual(whole);
      await worktrees.remove(place);
    }
  });

  it('gives files of Git LFS as their pointers, and tells those that are changed to something else', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n';
    write(project, { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'big.bin': pointer });
    git('add', '-A');
    git('commit', '-qm', 'lfs');
    const place = await opened('build');
    expect(readFileSync(join(place.folder, 'big.bin'), 'utf8')).toBe(pointer);
    write(place.folder, { 'big.bin': 'raw bytes', 'src/a.ts': 'a2\n', 'other.bin': pointer });
    const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'x' });
    const files = await worktrees.changed(place.repository, place.start, kept!.commit);
    expect(await worktrees.withoutPointer(place, kept!.commit, files)).toEqual(['big.bin']);
  });
});
