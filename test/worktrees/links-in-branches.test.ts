import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/programs.ts';
import { createWorktrees, type Worktrees } from '../../src/worktrees/worktrees.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { bytesOf, gitAt, newProject, writeFiles as write } from '../support/worktrees/project.ts';

const none = { share: [], all: false };
let project: string;
let victim: string;
let worktrees: Worktrees;

beforeEach(() => {
  project = newProject();
  victim = join(tempFolder(), 'victim');
  write(victim, { 'web/node_modules/precious': 'mine\n' });
  write(project, { 'packages/web/a.ts': 'a\n', '.gitignore': 'node_modules\n' });
  gitAt(project, 'add', '-A');
  gitAt(project, 'commit', '-qm', 'packages');
  write(project, { 'packages/web/node_modules/dep.js': 'dep\n' });
  worktrees = createWorktrees({ root: tempFolder(), bwrapPath: findProgram('bwrap') ?? null });
});

/** A commit in which an agent has put a link to the victim in the place of `packages`, which takes that folder's place in all that follows. */
async function linkedCommit(): Promise<string> {
  const repository = await worktrees.find(project, []);
  const place = worktrees.place(repository, { runKey: 'k', runId: 'run', taskId: 'evil' });
  const { commit: start } = await worktrees.start(repository, { runId: 'run' });
  await worktrees.open(place, { start, shared: none });
  rmSync(join(place.folder, 'packages'), { recursive: true });
  symlinkSync(victim, join(place.folder, 'packages'));
  return (await worktrees.snapshot(place, { parent: start, shared: none, title: 'evil' }))!.commit;
}

describe('a worktree made of a branch with a link to elsewhere', () => {
  it.each([
    {
      what: 'leased folders',
      workspace: '',
      globs: ['packages/new/**'],
      says: 'packages/new of the worktree is a link',
    },
    { what: 'the workspace', workspace: 'packages/web', globs: [], says: 'packages/web is a link or no folder' },
    { what: 'leased folders of the workspace', workspace: 'packages', globs: ['new/**'], says: 'packages is a link' },
  ])('makes nothing there for $what, and is refused', async ({ workspace, globs, says }) => {
    const start = await linkedCommit();
    const before = bytesOf(victim);
    const repository = await worktrees.find(join(project, workspace), []);
    const place = worktrees.place(repository, { runKey: 'k', runId: 'run', taskId: 'next' });
    await worktrees.open(place, { start, shared: none });
    await expect(worktrees.lease(place, globs)).rejects.toThrow(says);
    await worktrees.open(place, { start, shared: none });
    expect(bytesOf(victim)).toEqual(before);
    expect(readdirSync(victim)).toEqual(['web']);
  });

  it('makes no folder of the workspace by a link that leads nowhere yet', async () => {
    rmSync(victim, { recursive: true });
    mkdirSync(victim);
    const start = await linkedCommit();
    const place = worktrees.place(await worktrees.find(join(project, 'packages/web'), []), {
      runKey: 'k',
      runId: 'run',
      taskId: 'next',
    });
    await worktrees.open(place, { start, shared: none });
    expect(readdirSync(victim)).toEqual([]);
  });

  it('neither removes nor copies by it: what is shared by name is refused, what is only ignored left out', async () => {
    const start = await linkedCommit();
    const before = bytesOf(victim);
    const share = ['packages/web/node_modules'];
    const repository = await worktrees.find(project, share);
    const place = worktrees.place(repository, { runKey: 'k', runId: 'run', taskId: 'next' });
    const named = worktrees.open(place, { start, shared: { share, all: false } });
    await expect(named).rejects.toThrow('packages/web/node_modules cannot be shared: a link is in its way');
    await worktrees.open(place, { start, shared: { share: [], all: true } });
    expect(bytesOf(victim)).toEqual(before);
  });
});
