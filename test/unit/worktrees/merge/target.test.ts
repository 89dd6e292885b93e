import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTarget, headsOf, moveTarget, type Moved } from '../../../../src/worktrees/merge/target.ts';
import { createTrainHost } from '../../../../src/worktrees/merge/train-host.ts';
import { withTrainRepository } from '../../../../src/worktrees/merge/train-repository.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { commitOn, gitOf, newRepository, writeFiles } from '../../../support/coding/merge-repository.ts';

const files = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'gone.txt': 'gone\n', '.gitignore': '*.log\n' };

function start() {
  const folder = newRepository(files);
  const git = gitOf(folder);
  const from = git('rev-parse', 'HEAD');
  const to = commitOn(folder, from, { 'a.txt': 'A\n', 'gone.txt': null, 'new/c.txt': 'c\n', 'out.log': 'ours\n' });
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  const move = (next = to): Promise<Moved> =>
    withTrainRepository(folder, async (repository) =>
      moveTarget(repository, { branch: 'main', commit: from, isNew: false }, next),
    );
  return { folder, git, from, to, read, move };
}

const clean = (git: ReturnType<typeof gitOf>) => git('status', '--porcelain');

const keepAs = {
  tip: 'refs/gaffer/r/@train/main',
  conflict: (taskId: string, commit: string) => `refs/gaffer/r/@conflict/${taskId}/${commit}`,
};

describe('moveTarget', () => {
  it('moves the branch and a clean checkout of it, files, modes and index', async () => {
    const { git, to, read, move, folder } = start();
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect(git('rev-parse', 'main')).toBe(to);
    expect([read('a.txt'), read('new/c.txt'), read('out.log')]).toEqual(['A\n', 'c\n', 'ours\n']);
    expect(existsSync(path.join(folder, 'gone.txt'))).toBe(false);
    expect(clean(git)).toBe('');
    // O4: once more changes nothing.
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect(clean(git)).toBe('');
  });

  it('takes a checkout along that stayed behind as whoever moved the branch was killed, when it is asked again or later', async () => {
    for (const again of ['move', 'catch up'] as const) {
      const { folder, git, from, to, read, move } = start();
      git('update-ref', '--create-reflog', '-m', 'gaffer: merged', 'refs/heads/main', to, from);
      const left = again === 'move' ? await move() : await createTrainHost().catchUp(folder, 'main');
      expect(left).toEqual(again === 'move' ? { kind: 'landed', left: [] } : []);
      expect([read('a.txt'), clean(git)]).toEqual(['A\n', '']);
    }
  });

  it('says which checkout is behind where somebody has gone on in it after such a death, and touches nothing', async () => {
    const { folder, git, from, to, read, move } = start();
    git('update-ref', '--create-reflog', '-m', 'gaffer: merged', 'refs/heads/main', to, from);
    writeFiles(folder, { 'a.txt': 'mine\n' });
    const moved = await move();
    expect(moved).toMatchObject({ kind: 'landed', left: [expect.stringContaining('a.txt')] });
    expect(await createTrainHost().catchUp(folder, 'main')).toEqual((moved as { left: string[] }).left);
    expect(read('a.txt')).toBe('mine\n');
    writeFiles(folder, { 'a.txt': 'a\n' });
    expect(await createTrainHost().catchUp(folder, 'main')).toEqual([]);
    expect([read('a.txt'), clean(git)]).toEqual(['A\n', '']);
  });

  it('leaves a checkout alone that somebody else moved the branch under', async () => {
    const { folder, git, from, to } = start();
    git('update-ref', '--create-reflog', '-m', 'by hand', 'refs/heads/main', to, from);
    const before = clean(git);
    expect(await createTrainHost().catchUp(folder, 'main')).toEqual([]);
    expect(clean(git)).toBe(before);
  });

  it('knows files whose lines end otherwise in a checkout than in git for what they are', async () => {
    const folder = newRepository({ '.gitattributes': '*.bat text eol=crlf\n', 'x.bat': '1\r\n' });
    const git = gitOf(folder);
    const from = git('rev-parse', 'HEAD');
    const to = commitOn(folder, from, { 'x.bat': '2\n' });
    const move = () =>
      withTrainRepository(folder, (repository) =>
        moveTarget(repository, { branch: 'main', commit: from, isNew: false }, to),
      );
    writeFiles(folder, { 'x.bat': 'mine\r\n' });
    expect(await move()).toMatchObject({ kind: 'held', reason: expect.stringContaining('x.bat') });
    writeFiles(folder, { 'x.bat': '1\r\n' });
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect([readFileSync(path.join(folder, 'x.bat'), 'utf8'), clean(git)]).toEqual(['2\r\n', '']);
  });

  it('lets work that is not in the way be: changed, staged, and unknown to git', async () => {
    const { git, read, move, folder } = start();
    writeFiles(folder, { 'b.txt': 'mine\n', 'staged.txt': 'staged\n', 'untracked.txt': 'u\n', 'x.log': 'log\n' });
    git('add', 'staged.txt');
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect([read('b.txt'), read('untracked.txt'), read('x.log'), read('a.txt')]).toEqual([
      'mine\n',
      'u\n',
      'log\n',
      'A\n',
    ]);
    expect(clean(git)).toBe(' M b.txt\nA  staged.txt\n?? untracked.txt');
  });

  const inTheWay: [string, (folder: string, git: ReturnType<typeof gitOf>) => void, string][] = [
    ['a changed file', (folder) => writeFileSync(path.join(folder, 'a.txt'), 'mine\n'), 'a.txt'],
    [
      'a staged one',
      (folder, git) => (writeFileSync(path.join(folder, 'a.txt'), 'mine\n'), void git('add', 'a.txt')),
      'a.txt',
    ],
    ['a file unknown to git', (folder) => writeFiles(folder, { 'new/c.txt': 'mine\n' }), 'new/c.txt'],
    ['one that git ignores', (folder) => writeFiles(folder, { 'out.log': 'mine\n' }), 'out.log'],
    ['a file where a folder goes', (folder) => writeFiles(folder, { new: 'mine\n' }), 'new/c.txt'],
    ['a link where a folder goes', (folder) => symlinkSync(tempFolder(), path.join(folder, 'new')), 'new/c.txt'],
    [
      'a folder where a file goes',
      (folder) => mkdirSync(path.join(folder, 'new/c.txt/deep'), { recursive: true }),
      'new/c.txt',
    ],
    ['a changed file that is to go', (folder) => writeFiles(folder, { 'gone.txt': 'mine\n' }), 'gone.txt'],
    ['a file made a program', (folder) => chmodSync(path.join(folder, 'a.txt'), 0o755), 'a.txt'],
    [
      'a changed file that the index is told to take for unchanged',
      (folder, git) => {
        git('update-index', '--assume-unchanged', 'a.txt');
        writeFileSync(path.join(folder, 'a.txt'), 'mine\n');
      },
      'a.txt',
    ],
    [
      'a changed file whose size and time say that it is not',
      (folder, git) => {
        const time = new Date(2020, 1, 1);
        utimesSync(path.join(folder, 'a.txt'), time, time);
        git('config', 'core.checkStat', 'minimal');
        git('config', 'core.trustctime', 'false');
        git('update-index', '--refresh');
        writeFileSync(path.join(folder, 'a.txt'), 'm\n');
        utimesSync(path.join(folder, 'a.txt'), time, time);
      },
      'a.txt',
    ],
    [
      'a merge that somebody has begun',
      (folder, git) => writeFiles(folder, { '.git/MERGE_HEAD': `${git('rev-parse', 'HEAD')}\n` }),
      'MERGE_HEAD',
    ],
    [
      'a file with a filter',
      (folder) => writeFiles(folder, { '.git/info/x': '', '.gitattributes': 'a.txt filter=lfs\n' }),
      'a.txt',
    ],
  ];
  it.each(inTheWay)('moves nothing where the checkout has %s, and says where and what', async (_what, make, named) => {
    const { git, from, move, folder } = start();
    make(folder, git);
    const look = () => git('status', '--porcelain', '--ignored') + git('ls-files', '--stage');
    const before = look();
    const moved = await move();
    expect(moved).toMatchObject({ kind: 'held', reason: expect.stringContaining(named) });
    expect(moved).toMatchObject({ reason: expect.stringContaining(folder) });
    expect(git('rev-parse', 'main')).toBe(from);
    expect(look()).toBe(before);
  });

  it('says of which merges each file is that a checkout holds back', async () => {
    const { folder, git, from } = start();
    const chain = [{ 'a.txt': 'A\n' }, { 'c.txt': 'c\n' }, { 'b.txt': 'B\n' }].reduce<
      { taskId: string; commit: string }[]
    >(
      (before, made, index) => [
        ...before,
        { taskId: `t${index}`, commit: commitOn(folder, before.at(-1)?.commit ?? from, made) },
      ],
      [],
    );
    writeFiles(folder, { 'a.txt': 'mine\n', 'b.txt': 'mine\n' });
    const train = createTrainHost();
    const moved = await train.move(folder, { branch: 'main', commit: from, isNew: false }, chain);
    const said =
      moved.kind === 'held' ? moved.by.map(({ taskId, reason }) => [taskId, /[ab]\.txt/g.exec(reason)?.[0]]) : [];
    expect(said).toEqual([
      ['t0', 'a.txt'],
      ['t2', 'b.txt'],
    ]);
    // What is about no file holds all of them back alike.
    writeFiles(folder, { '.git/MERGE_HEAD': `${from}\n` });
    expect(await train.move(folder, { branch: 'main', commit: from, isNew: false }, chain)).toMatchObject({
      kind: 'held',
      by: [],
    });
    expect(git('rev-parse', 'main')).toBe(from);
  });

  it('takes files that are as the new commit has them already for moved', async () => {
    const { git, move, folder } = start();
    writeFiles(folder, { 'a.txt': 'A\n', 'new/c.txt': 'c\n' });
    rmSync(path.join(folder, 'gone.txt'));
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect(clean(git)).toBe('');
  });

  it('finishes a checkout whose branch was moved before somebody died', async () => {
    const { git, from, to, read, move } = start();
    git('update-ref', 'refs/heads/main', to, from);
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect([read('a.txt'), clean(git)]).toEqual(['A\n', '']);
  });

  it('never overwrites a target that somebody else has moved', async () => {
    const { git, from, folder, move } = start();
    const other = commitOn(folder, from, { 'b.txt': 'other\n' });
    git('reset', '--quiet', '--hard', other);
    // What is in the way there is the other commit.
    expect((await move()).kind).not.toBe('landed');
    expect(git('rev-parse', 'main')).toBe(other);
    git('checkout', '--quiet', '--detach');
    expect(await move()).toEqual({ kind: 'moved' });
    expect(git('rev-parse', 'main')).toBe(other);
  });

  it('moves a checkout in another worktree, too, runs no hook and no filter, and makes a target that is not there', async () => {
    const { git, folder, from, to } = start();
    const mark = path.join(folder, '..', `${path.basename(folder)}.ran`);
    for (const hook of ['reference-transaction', 'post-checkout', 'post-index-change', 'post-merge']) {
      writeFiles(folder, { [`.git/hooks/${hook}`]: `#!/bin/sh\ntouch ${mark}\n` });
      chmodSync(path.join(folder, '.git/hooks', hook), 0o755);
    }
    git('config', 'core.fsmonitor', `touch ${mark}; true`);
    rmSync(mark, { force: true });
    const other = path.join(tempFolder(), 'other');
    git(
      '-c',
      'core.hooksPath=/dev/null',
      '-c',
      'core.fsmonitor=false',
      'worktree',
      'add',
      '--quiet',
      '-b',
      'elsewhere',
      other,
    );
    const moved = await withTrainRepository(folder, async (repository) => {
      const heads = await headsOf(repository, ['elsewhere', 'integration']);
      expect(await findTarget(repository, 'elsewhere', heads)).toEqual({
        branch: 'elsewhere',
        commit: from,
        isNew: false,
      });
      const unmade = { branch: 'integration', commit: from, isNew: true };
      expect(await findTarget(repository, 'integration', heads)).toEqual(unmade);
      for (const name of ['--force', '@{-1}', 'a..b', 'refs/heads/main'])
        expect(
          await createTrainHost().couple(folder, name, { branches: [], begun: null, heads: [], keepAs }),
        ).toContain('is no name');
      const made = await moveTarget(repository, { branch: 'integration', commit: from, isNew: true }, to);
      expect(made).toEqual({ kind: 'landed', left: [] });
      return moveTarget(repository, { branch: 'elsewhere', commit: from, isNew: false }, to);
    });
    expect(moved).toEqual({ kind: 'landed', left: [] });
    expect(readFileSync(path.join(other, 'a.txt'), 'utf8')).toBe('A\n');
    expect(existsSync(mark)).toBe(false);
    git('config', '--unset', 'core.fsmonitor');
    expect(gitOf(other)('status', '--porcelain')).toBe('');
    expect(git('rev-parse', 'integration')).toBe(to);
  });
});
