import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createTrainHost } from '../../../src/worktrees/merge/train-host.ts';
import { commitOn, gitOf, newRepository } from '../../support/coding/merge-repository.ts';
import { newWorktrees, openTask } from '../../support/worktrees/open-task.ts';
import { gitAt, newProject, writeFiles } from '../../support/worktrees/project.ts';

// Whoever has the repository may run `git gc --prune=now` at any moment: it removes all objects that no ref leads to.
const none = { share: [], all: false };
const keepAs = {
  tip: 'refs/gaffer/r/@train/main',
  conflict: (taskId: string, commit: string) => `refs/gaffer/r/@conflict/${taskId}/${commit}`,
};

it('a snapshot holds what somebody pruned before a ref had it, and no ref ever keeps less than all of it', async () => {
  const project = newProject();
  const git = (...args: string[]): string => gitAt(project, ...args);
  const worktrees = newWorktrees();
  const task = await openTask(worktrees, project, { taskId: 'build' });
  const keeps = () => worktrees.snapshot(task, { parent: task.start, shared: none, title: 'kept' });
  const prune = () => git('gc', '--quiet', '--prune=now');
  writeFiles(task.folder, { 'src/new.ts': 'new\n', 'lib/deep/x.ts': 'x\n' });
  const lost = await keeps();
  prune();
  const ref = 'refs/gaffer/run/build/1';
  await expect(worktrees.setRef(task.repository, ref, { commit: lost!.commit, on: task.start })).rejects.toThrow();
  const { commit } = (await keeps())!;
  // One file of it alone is gone, as where a `git prune` was under way.
  const blob = git('rev-parse', `${commit}:src/new.ts`);
  rmSync(path.join(project, '.git/objects', blob.slice(0, 2), blob.slice(2)));
  await expect(worktrees.setRef(task.repository, ref, { commit, on: task.start })).rejects.toThrow();
  expect(git('for-each-ref', ref)).toBe('');
  const again = (await keeps())!;
  await worktrees.setRef(task.repository, ref, { commit: again.commit, on: task.start });
  prune();
  expect([git('show', `${ref}:src/new.ts`), git('show', `${ref}:lib/deep/x.ts`)]).toEqual(['new', 'x']);
  expect(git('fsck', '--connectivity-only', '--no-dangling')).toBe('');
});

it('a merge train keeps what goes in, and both sides of a conflict, where somebody prunes what no branch has', async () => {
  const folder = newRepository({ 'a.txt': '1\n', 'b.txt': '1\n' });
  const git = gitOf(folder);
  const base = git('rev-parse', 'HEAD');
  const work = [{ 'a.txt': 'one\n' }, { 'b.txt': 'other\n' }, { 'a.txt': 'two\n' }];
  const branches = work.map((files, index) => {
    const [taskId, commit] = [`t${index}`, commitOn(folder, base, files)];
    git('branch', `gaffer/r/${taskId}`, commit);
    return { ...{ taskId, branch: `gaffer/r/${taskId}`, commit, start: base }, title: taskId, unmarked: [] };
  });
  const host = createTrainHost();
  const coupled = async (of: readonly string[]) => {
    const chosen = branches.filter(({ taskId }) => of.includes(taskId));
    const coupling = await host.couple(folder, 'main', { branches: chosen, begun: null, heads: [], keepAs });
    if (typeof coupling === 'string') throw new Error(coupling);
    git('gc', '--quiet', '--prune=now');
    return coupling;
  };
  const { chain, target } = await coupled(['t0', 't1', 't2']);
  const at = { commit: chain[1]!.commit, below: '', share: [] };
  const read = ({ folder: there }: { folder: string }) =>
    Promise.resolve(['a.txt', 'b.txt'].map((name) => readFileSync(path.join(there, name), 'utf8')));
  expect(await host.look(folder, at, read)).toEqual(['one\n', 'other\n']);
  expect(await host.move(folder, target, chain)).toMatchObject({ kind: 'landed' });
  const { conflicts } = await coupled(['t2']);
  expect(git('show', `${conflicts[0]!.marked}:a.txt`)).toContain('<<<<<<<');
});
