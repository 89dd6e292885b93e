import { beforeEach, describe, expect, it } from 'vitest';
import { createWorktrees, type Worktrees } from '../../src/worktrees/worktrees.ts';
import type { Repository } from '../../src/worktrees/repository.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { gitAt, newProject } from '../support/worktrees/project.ts';

let project: string;
let worktrees: Worktrees;
let repository: Repository;

const git = (...args: string[]): string => gitAt(project, ...args);
const commitOn = (parent: string, text: string): string =>
  git('commit-tree', `${parent}^{tree}`, '-p', parent, '-m', text);

beforeEach(async () => {
  project = newProject();
  worktrees = createWorktrees({ root: tempFolder(), bwrapPath: null });
  repository = await worktrees.find(project, []);
});

describe('Worktrees.keep', () => {
  it('keeps all that it was ever given, under as few refs as there is need of', async () => {
    const ref = 'refs/gaffer/kept/run/task';
    const [one, other] = [commitOn('HEAD', 'one'), commitOn('HEAD', 'other')];
    const further = commitOn(one, 'further');
    expect(await worktrees.keep(repository, ref, one)).toBe(ref);
    expect(await worktrees.keep(repository, ref, further)).toBe(ref);
    expect(await worktrees.keep(repository, ref, one)).toBe(ref);
    expect(await worktrees.keep(repository, ref, other)).toBe(`${ref}@2`);
    expect([git('rev-parse', ref), git('rev-parse', `${ref}@2`)]).toEqual([further, other]);
  });
});

describe('Worktrees.moveBranch', () => {
  it('keeps what somebody did on the branch, where the new commit does not go on from that', async () => {
    const [branch, keep] = ['gaffer/run/task', 'refs/gaffer/kept/run/task'];
    const sealed = commitOn('HEAD', 'sealed');
    await worktrees.moveBranch(repository, { branch, commit: sealed, keep });
    await worktrees.moveBranch(repository, { branch, commit: commitOn(sealed, 'goes on'), keep });
    expect(git('for-each-ref', keep)).toBe('');
    const byHand = commitOn(branch, 'by hand');
    git('update-ref', `refs/heads/${branch}`, byHand);
    const anew = commitOn(sealed, 'anew');
    await worktrees.moveBranch(repository, { branch, commit: anew, keep });
    expect([git('rev-parse', branch), git('rev-parse', keep)]).toEqual([anew, byHand]);
  });
});

describe('Worktrees.isMerged', () => {
  it.each([
    ['refs/heads/main', true],
    ['refs/remotes/origin/main', true],
    ['refs/remotes/gaffer/main', true],
    ['refs/heads/gaffer/run/task', false],
    ['refs/remotes/origin/gaffer/run/task', false],
    ['refs/gaffer/kept/run/task', false],
  ])('is said of what %s has: %s', async (ref, expected) => {
    const commit = commitOn('HEAD', 'work');
    git('update-ref', ref, commit);
    expect(await worktrees.isMerged(repository, commit)).toBe(expected);
  });
});
