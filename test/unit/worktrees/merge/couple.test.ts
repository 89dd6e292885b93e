import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { coupleBranches } from '../../../../src/worktrees/merge/couple.ts';
import { conflictHunks } from '../../../../src/worktrees/merge/hunks.ts';
import { createThrowAways } from '../../../../src/worktrees/merge/throw-away.ts';
import { createTrainHost } from '../../../../src/worktrees/merge/train-host.ts';
import { withTrainRepository } from '../../../../src/worktrees/merge/train-repository.ts';
import { commitOn, gitOf, newRepository, writeFiles } from '../../../support/coding/merge-repository.ts';

const couple = (
  folder: string,
  base: string,
  commits: string[],
  { begun = null as string | null, unmarked = [] as string[], starts = [] as string[] } = {},
) =>
  withTrainRepository(folder, (repository) => {
    const start = begun ?? gitOf(folder)('rev-list', '--max-parents=0', 'HEAD');
    const branches = commits.map((commit, index) => ({
      taskId: `t${index}`,
      branch: `gaffer/r/t${index}`,
      commit,
      start: starts[index] ?? start,
      unmarked,
      title: `Merge t${index}`,
    }));
    const heads = commits.map((head, index) => ({ taskId: `t${index}`, head, isIn: false }));
    return coupleBranches(repository, base, { branches, begun, heads });
  });

const keepAs = {
  tip: 'refs/gaffer/r/@train/main',
  conflict: (taskId: string, commit: string) => `refs/gaffer/r/@conflict/${taskId}/${commit}`,
};

describe('coupleBranches', () => {
  it('merges branches one after the other without a worktree, an index or a ref, and makes the same commits again', async () => {
    const folder = newRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const git = gitOf(folder);
    const base = git('rev-parse', 'HEAD');
    const commits = [
      commitOn(folder, base, { 'a.txt': 'A\n' }),
      commitOn(folder, base, { 'sub/c.txt': 'c\n', 'b.txt': null }),
    ];
    const before = git('for-each-ref') + git('status', '--porcelain');
    const coupling = await couple(folder, base, commits);
    expect(coupling).toMatchObject({ base, within: [], conflicts: [], chain: [{ taskId: 't0' }, { taskId: 't1' }] });
    const tip = coupling.chain[1]!.commit;
    expect(git('ls-tree', '-r', '--name-only', tip)).toBe('a.txt\nsub/c.txt');
    expect(git('show', `${tip}:a.txt`)).toBe('A');
    expect(git('log', '-1', '--format=%P|%s|%an', tip)).toBe(
      `${coupling.chain[0]!.commit} ${commits[1]}|Merge t1|gaffer`,
    );
    expect(git('for-each-ref') + git('status', '--porcelain')).toBe(before);
    expect(await couple(folder, base, commits)).toEqual(coupling);
  });

  it('leaves out what conflicts, with both sides of it, and goes on with the others', async () => {
    const folder = newRepository({ 'a.txt': '1\n2\n3\n' });
    const base = gitOf(folder)('rev-parse', 'HEAD');
    const commits = [
      commitOn(folder, base, { 'a.txt': '1\nleft\n3\n' }),
      commitOn(folder, base, { 'a.txt': '1\nright\n3\n' }),
      commitOn(folder, base, { 'a.txt': null, 'd.txt': 'd\n' }),
      commitOn(folder, base, { 'b.txt': 'b\n' }),
    ];
    const { chain, conflicts } = await couple(folder, base, commits);
    expect(chain.map(({ taskId }) => taskId)).toEqual(['t0', 't3']);
    expect(conflicts.map(({ taskId, files }) => [taskId, files])).toEqual([
      ['t1', ['a.txt']],
      ['t2', ['a.txt']],
    ]);
    expect(conflicts[0]!.hunks).toMatch(/^--- a\.txt\n1\n<{7} \w+\nleft\n={7}\nright\n>{7} \w+\n3\n/);
    const git = gitOf(folder);
    expect(git('show', `${conflicts[0]!.marked}:a.txt`)).toContain('<<<<<<<');
    expect(git('log', '-1', '--format=%P', conflicts[0]!.marked)).toBe(`${chain[0]!.commit} ${commits[1]}`);
  });

  it('knows what the target has already', async () => {
    const folder = newRepository({ 'a.txt': 'a\n' });
    const git = gitOf(folder);
    const old = git('rev-parse', 'HEAD');
    const mine = commitOn(folder, old, { 'b.txt': 'b\n' });
    git('merge', '--quiet', '--no-ff', '-m', 'by hand', mine);
    expect(await couple(folder, git('rev-parse', 'HEAD'), [mine, old])).toMatchObject({
      chain: [],
      within: ['t0', 't1'],
    });
  });

  it('brings in what tasks changed, and not work that nobody had committed when they began', async () => {
    const folder = newRepository({ 'a.txt': '1\n2\n3\n4\n5\n6\n7\n' });
    const git = gitOf(folder);
    const base = git('rev-parse', 'HEAD');
    const begun = commitOn(folder, base, { 'a.txt': 'mine\n2\n3\n4\n5\n6\n7\n', 'wip.txt': 'wip\n' });
    const commits = [
      commitOn(folder, begun, { 'a.txt': 'mine\n2\n3\n4\n5\n6\nseven\n' }),
      commitOn(folder, begun, { 'b.txt': 'b\n' }),
      commitOn(folder, begun, { 'wip.txt': 'agent\n' }),
    ];
    const { chain, conflicts } = await couple(folder, base, commits, { begun });
    expect(chain.map(({ taskId }) => taskId)).toEqual(['t0', 't1']);
    const tip = chain[1]!.commit;
    expect(git('ls-tree', '-r', '--name-only', tip)).toBe('a.txt\nb.txt');
    expect(git('show', `${tip}:a.txt`)).toBe('1\n2\n3\n4\n5\n6\nseven');
    expect(git('rev-list', tip).split('\n')).not.toContain(begun);
    expect(conflicts.map(({ taskId, files }) => [taskId, files])).toEqual([['t2', ['wip.txt']]]);
    // Whoever resolves it has to know what is nobody's work, of these files alone.
    expect(conflicts[0]!.loose).toContain('+wip');
    expect(conflicts[0]!.loose).not.toMatch(/agent|mine/);
    // What is in it is in it, though it has no history of it.
    expect(await couple(folder, tip, commits.slice(0, 2), { begun })).toMatchObject({
      chain: [],
      within: ['t0', 't1'],
    });
  });

  it('takes a conflict for resolved that somebody resolved by hand, also where a run began with work that nobody had committed', async () => {
    const folder = newRepository({ 'a.txt': '1\n2\n3\n' });
    const git = gitOf(folder);
    const first = git('rev-parse', 'HEAD');
    const begun = commitOn(folder, first, { 'wip.txt': 'wip\n' });
    const work = commitOn(folder, begun, { 'a.txt': '1\ntask\n3\n' });
    writeFiles(folder, { 'a.txt': '1\nmain\n3\n' });
    git('commit', '--quiet', '-am', 'main');
    const base = git('rev-parse', 'HEAD');
    const { conflicts } = await couple(folder, base, [work], { begun });
    expect(conflicts.map(({ files }) => files)).toEqual([['a.txt']]);
    // As `git merge main` on the branch leaves it.
    const tree = git('rev-parse', `${commitOn(folder, work, { 'a.txt': '1\nmain and task\n3\n' })}^{tree}`);
    const resolved = git('commit-tree', tree, '-p', work, '-p', base, '-m', 'by hand');
    const { chain } = await couple(folder, base, [resolved], { begun });
    expect(chain).toHaveLength(1);
    const tip = chain[0]!.commit;
    expect([git('show', `${tip}:a.txt`), git('ls-tree', '--name-only', tip)]).toEqual(['1\nmain and task\n3', 'a.txt']);
  });

  it('brings what a branch began from along where it is not in, though the run began with work that nobody had committed', async () => {
    const folder = newRepository({ 'a.txt': '1\n2\n3\n' });
    const git = gitOf(folder);
    const base = git('rev-parse', 'HEAD');
    const begun = commitOn(folder, base, { 'wip.txt': 'wip\n' });
    const first = commitOn(folder, begun, { 'lib.txt': 'lib\n', 'a.txt': '1\n2\nthree\n' });
    const second = commitOn(folder, first, { 'use.txt': 'use\n' });
    const look = async (ids: ('t0' | 't1')[], target: string, isIn: boolean) => {
      const branches = ids.map((taskId) => ({
        ...{ taskId, branch: `gaffer/r/${taskId}`, title: taskId, unmarked: [] },
        ...(taskId === 't0' ? { commit: first, start: begun } : { commit: second, start: first }),
      }));
      const heads = [
        { taskId: 't0', head: first, isIn },
        { taskId: 't1', head: second, isIn: false },
      ];
      return withTrainRepository(folder, (repository) =>
        coupleBranches(repository, target, { branches, begun, heads }),
      );
    };
    const names = (commit: string): string[] => git('ls-tree', '--name-only', commit).split('\n');
    // Alone: with what it stands on.
    const alone = await look(['t1'], base, false);
    expect(alone.chain).toMatchObject([{ taskId: 't1', along: ['t0'] }]);
    expect(names(alone.chain[0]!.commit)).toEqual(['a.txt', 'lib.txt', 'use.txt']);
    expect((await look(['t0'], alone.chain[0]!.commit, false)).within).toEqual(['t0']);
    // Behind it: with its own changes, whatever the target has made of the others since.
    const both = await look(['t0', 't1'], base, false);
    expect(both.chain).toMatchObject([{ taskId: 't0' }, { taskId: 't1' }]);
    expect(both.chain[1]).not.toHaveProperty('along');
    const changed = commitOn(folder, both.chain[0]!.commit, { 'a.txt': '1\n2\nTHREE\n', 'lib.txt': 'LIB\n' });
    const later = await look(['t1'], changed, true);
    expect(later.conflicts).toEqual([]);
    const tip = later.chain[0]!.commit;
    expect([git('show', `${tip}:lib.txt`), names(tip)]).toEqual(['LIB', ['a.txt', 'lib.txt', 'use.txt']]);
  });

  it('merges what came of a conflict, where the run began with work that nobody had committed', async () => {
    const folder = newRepository({ 'a.txt': '1\n2\n3\n' });
    const git = gitOf(folder);
    const first = git('rev-parse', 'HEAD');
    const begun = commitOn(folder, first, { 'wip.txt': 'wip\n' });
    const work = commitOn(folder, begun, { 'a.txt': '1\ntask\n3\n' });
    const base = commitOn(folder, first, { 'a.txt': '1\nmain\n3\n' });
    const { marked } = (await couple(folder, base, [work], { begun })).conflicts[0]!;
    const resolved = commitOn(folder, marked, { 'a.txt': '1\nmain and task\n3\n' });
    const { chain, conflicts } = await couple(folder, base, [resolved], {
      begun,
      starts: [marked],
      unmarked: ['a.txt'],
    });
    expect(conflicts).toEqual([]);
    const tip = chain[0]!.commit;
    expect([git('show', `${tip}:a.txt`), git('ls-tree', '--name-only', tip)]).toEqual(['1\nmain and task\n3', 'a.txt']);
  });

  it('takes what somebody added to a branch by hand, and nothing that does not follow its last commit', async () => {
    const folder = newRepository({ 'a.txt': '1\n' });
    const git = gitOf(folder);
    const base = git('rev-parse', 'HEAD');
    const mine = commitOn(folder, base, { 'b.txt': 'b\n' });
    const other = commitOn(folder, base, { 'c.txt': 'c\n' });
    git('branch', 'gaffer/r/t0', commitOn(folder, mine, { 'b.txt': 'by hand\n' }));
    git('branch', 'gaffer/r/t1', mine);
    const branches = [mine, other].map((commit, index) => ({
      ...{ taskId: `t${index}`, branch: `gaffer/r/t${index}`, commit, start: base, title: 'x', unmarked: [] },
    }));
    const coupling = await createTrainHost().couple(folder, 'main', { branches, begun: null, heads: [], keepAs });
    if (typeof coupling === 'string') throw new Error(coupling);
    const tip = coupling.chain[1]!.commit;
    expect([git('show', `${tip}:b.txt`), git('show', `${tip}:c.txt`)]).toEqual(['by hand', 'c']);
  });

  it('takes a branch in which conflict markers are left for what it is', async () => {
    const folder = newRepository({ 'a.txt': '1\n' });
    const base = gitOf(folder)('rev-parse', 'HEAD');
    const marked = commitOn(folder, base, { 'a.txt': '<<<<<<< one\n1\n=======\n2\n>>>>>>> two\n' });
    const { chain, conflicts } = await couple(folder, base, [marked], { unmarked: ['a.txt', 'gone.txt'] });
    expect([chain, conflicts]).toMatchObject([[], [{ taskId: 't0', files: ['a.txt'], marked }]]);
  });

  it('runs no driver, filter or hook that the repository names', async () => {
    const folder = newRepository({ 'a.txt': '1\n', '.gitattributes': '*.txt merge=evil filter=evil diff=evil\n' });
    const git = gitOf(folder);
    const mark = path.join(folder, '..', `${path.basename(folder)}.ran`);
    for (const key of [
      'merge.evil.driver',
      'filter.evil.clean',
      'filter.evil.smudge',
      'diff.evil.command',
      'diff.evil.textconv',
    ])
      git('config', key, `touch ${mark}; cat`);
    git('config', 'core.attributesFile', path.join(folder, '.gitattributes'));
    writeFiles(folder, { '.git/info/attributes': '*.txt merge=evil filter=evil\n' });
    const base = git('rev-parse', 'HEAD');
    const commits = [commitOn(folder, base, { 'a.txt': '2\n' }), commitOn(folder, base, { 'a.txt': '3\n' })];
    const { chain, conflicts } = await couple(folder, base, commits);
    expect([chain.length, conflicts.length]).toEqual([1, 1]);
    const throwAways = createThrowAways();
    await withTrainRepository(folder, (repository) =>
      throwAways.use(repository, { commit: chain[0]!.commit, below: '', share: [] }, async (place) =>
        expect(readFileSync(path.join(place.folder, 'a.txt'), 'utf8')).toBe('2\n'),
      ),
    );
    await throwAways.clear();
    expect(existsSync(mark)).toBe(false);
  });
});

describe('conflictHunks', () => {
  it('shows every conflict with some lines around, and where lines are left out', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    lines.splice(10, 0, '<<<<<<< one', 'x', '=======', 'y', '>>>>>>> other');
    const shown = conflictHunks(lines.join('\n')).split('\n');
    expect(shown[0]).toBe('…');
    expect(shown.slice(1, 5)).toEqual(['line 7', 'line 8', 'line 9', '<<<<<<< one']);
    expect(shown.at(-1)).toBe('line 12');
    expect(conflictHunks('nothing\nhere')).toBe('');
  });
});
