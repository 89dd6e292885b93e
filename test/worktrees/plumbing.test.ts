import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('Worktrees.open', () => {
  it('gives a task the files of the checkout, with what nobody has committed, and changes nothing of that', async () => {
    write(project, { 'src/a.ts': 'changed\n', 'new.ts': 'new\n', 'dist/out.js': 'built\n', '.env': 'KEY=1\n' });
    rmSync(join(project, 'src/b.ts'));
    git('add', 'src/a.ts');
    const before = [git('status', '--porcelain'), git('rev-parse', 'HEAD'), bytesOf(project)];
    const { folder } = await opened('build');
    const { 'dist/out.js': _built, '.env': _key, ...kept } = bytesOf(project);
    expect(bytesOf(folder)).toEqual(kept);
    expect([git('status', '--porcelain'), git('rev-parse', 'HEAD'), bytesOf(project)]).toEqual(before);
  });

  it('begins from the very commit where everything is committed', async () => {
    expect((await opened('build')).start).toBe(git('rev-parse', 'HEAD'));
  });

  it('takes no keys along, however deep they lie, nor what a person ignores everywhere', async () => {
    const home = tempFolder();
    write(home, { '.gitconfig': '[core]\n\texcludesFile = ~/my-ignores\n', 'my-ignores': 'own-notes\n' });
    const files = {
      'own-notes': 'n',
      '.envrc': 'S=1',
      '.env.production': 'S=6',
      'conf/tls.key': 'S=7',
      'infra/main.tfstate': 'S=8',
      'infra/.terraform/x': 'S=9',
      'dist/.aws/credentials': 'S=10',
      'dist/sub/id_rsa': 'S=11',
      'dist/sub/.npmrc': 'S=12',
      'dist/sub/CREDENTIALS.json': 'S=13',
      'dist/credentials/code.js': 'c',
      'dist/.env.example': 'S=',
      'pkg/.env': 'S=2',
      'pkg/.gaffer/x': '3',
      'dist/deep/.env': 'S=4',
      'dist/out.js': 'b',
    };
    write(project, { ...files, 'nested/.env': 'S=5', 'nested/code.ts': 'c', 'src/.env.example': 'S=' });
    execFileSync('git', ['init', '-q', join(project, 'nested')]);
    vi.stubEnv('HOME', home);
    vi.stubEnv('XDG_CONFIG_HOME', undefined);
    const repository = await worktrees.find(project, []);
    const place = worktrees.place(repository, { runKey: 'run/1', runId: 'run', taskId: 'build' });
    const { commit: start, leftOut } = await worktrees.start(repository, { runId: 'run' });
    expect(leftOut).toEqual(expect.arrayContaining(['.envrc', 'dist/', 'infra/', 'nested/.env', 'own-notes', 'pkg/']));
    expect(leftOut.filter((file) => /code\.ts|src\/|gitignore|run\.sh/.test(file))).toEqual([]);
    const held = git('ls-tree', '-r', '--name-only', start).split('\n');
    expect(held).toEqual([
      ...['.gitignore', 'link', 'nested/code.ts', 'run.sh', 'src/.env.example', 'src/a.ts', 'src/b.ts'],
    ]);
    await worktrees.open(place, { start, shared: { share: [], all: true } });
    // What is ignored a copy has, too; a person's own rules make no secret of it.
    expect(
      Object.keys(bytesOf(place.folder))
        .filter((file) => !held.includes(file))
        .toSorted(),
    ).toEqual([...['dist/.env.example', 'dist/credentials/code.js', 'dist/out.js', 'own-notes']]);
  });

  it('runs no program that a repository names: no filter, hook, monitor or driver', async () => {
    const mark = join(tempFolder(), 'ran');
    const program = join(tempFolder(), 'program.sh');
    writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${mark}\ncat\n`);
    chmodSync(program, 0o755);
    for (const [name, value] of Object.entries({
      'filter.evil.clean': program,
      'filter.evil.smudge': program,
      'filter.evil.process': program,
      'diff.evil.textconv': program,
      'diff.evil.command': program,
      'merge.evil.driver': program,
      'core.fsmonitor': program,
      'core.hooksPath': join(program, '..'),
    }))
      git('config', name, value);
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-commit', 'post-index-change'])
      execFileSync('cp', [program, join(project, '.git/hooks', hook)]);
    write(project, { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'src/a.ts': 'dirty\n' });
    const place = await opened('build');
    write(place.folder, { 'src/c.ts': 'c\n' });
    const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'one' });
    await worktrees.conflicts(place.repository, place.start, kept!.commit);
    await worktrees.open(place, { start: place.start, shared: none });
    await worktrees.remove(place);
    expect(existsSync(mark)).toBe(false);
  });

  it('makes a worktree anew that somebody broke', async () => {
    const place = await opened('build');
    const before = bytesOf(place.folder);
    for (const breaks of [
      () => rmSync(join(place.folder, '.git')),
      () => rmSync(place.folder, { recursive: true }),
      () => rmSync(join(project, '.git/worktrees'), { recursive: true }),
      () => writeFileSync(join(place.folder, '.git'), 'gitdir: /nowhere\n'),
    ]) {
      breaks();
      await worktrees.open(place, { start: place.start, shared: none });
      expect(bytesOf(place.folder)).toEqual(before);
      expect(git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(2);
    }
  });

  it('leaves worktrees of a person alone whose folders are away', async () => {
    const [side, away] = [join(tempFolder(), 'side'), join(tempFolder(), 'away')];
    git('worktree', 'add', '-q', '-b', 'side', side);
    write(side, { 'staged.ts': 'x\n' });
    gitAt(side, 'add', '-A');
    renameSync(side, away);
    const place = await opened('build');
    rmSync(place.folder, { recursive: true });
    await worktrees.remove(place);
    expect(git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(2);
    renameSync(away, side);
    expect(gitAt(side, 'status', '--porcelain')).toBe('A  staged.ts');
  });

  it('shares folders as copies that nobody else sees', async () => {
    write(project, { 'node_modules/x/index.js': 'one\n', '.git/info/exclude': 'node_modules\n' });
    const repository = await worktrees.find(project, ['node_modules']);
    const place = worktrees.place(repository, { runKey: 'run/1', runId: 'run', taskId: 'build' });
    const shared = { share: ['node_modules'], all: false };
    const { commit: start } = await worktrees.start(repository, { runId: 'run' });
    await worktrees.open(place, { start, shared });
    writeFileSync(join(place.folder, 'node_modules/x/index.js'), 'two\n');
    expect(readFileSync(join(project, 'node_modules/x/index.js'), 'utf8')).toBe('one\n');
    expect(await worktrees.snapshot(place, { parent: start, shared, title: 'x' })).toBeNull();
  });
});

describe('Worktrees.snapshot', () => {
  it('gives every byte back: contents, rights, links, deletions, and what lies in a repository made in between', async () => {
    const place = await opened('build');
    const { folder } = place;
    write(folder, {
      'src/a.ts': 'a\r\nwith \0 bytes\r\n',
      'deep/er/new file é.txt': 'x',
      'inner/.git/HEAD': 'ref: refs/heads/main\n',
      'inner/src/code.ts': 'inner\n',
      'made.log': 'ignored\n',
    });
    rmSync(join(folder, 'inner/.git'), { recursive: true });
    execFileSync('git', ['init', '-q', join(folder, 'inner')]);
    execFileSync('git', ['init', '-q', join(folder, 'inner/deeper')]);
    write(folder, { 'inner/deeper/x.txt': 'deeper\n' });
    symlinkSync('../code', join(folder, 'inner/src/link'));
    chmodSync(join(folder, 'src/b.ts'), 0o755);
    rmSync(join(folder, 'link'));
    symlinkSync('src/b.ts', join(folder, 'other'));
    rmSync(join(folder, 'run.sh'));
    mkdirSync(join(folder, 'run.sh'));
    write(folder, { 'run.sh/now-a-folder': 'y' });
    const after = bytesOf(folder);
    const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'one' });
    expect(kept!.leftOut).toEqual([]);
    rmSync(join(folder, 'deep'), { recursive: true });
    write(folder, { 'src/a.ts': 'a\n', 'run.sh/more': 'z', '.gitignore': '*.ts\n', 'src/hidden.ts': 'h\n' });
    renameSync(join(folder, 'inner'), join(folder, 'moved'));
    await worktrees.putBack(place, { commit: kept!.commit, shared: none });
    expect(bytesOf(folder)).toEqual(after);
    await worktrees.putBack(place, { commit: place.start, shared: none });
    expect(bytesOf(folder)).toEqual({ ...bytesOf(project), 'made.log': after['made.log'] });
  });

  it('takes up no new `.env` of an agent, and keeps one that git has', async () => {
    write(project, { '.env': 'A=1\n' });
    git('add', '-f', '.env');
    git('commit', '-qm', 'env');
    const place = await opened('build');
    write(place.folder, { '.env': 'A=2\n', '.env.local': 'B=1\n', 'new.ts': 'n\n' });
    const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'one' });
    expect(git('diff', '--name-only', place.start, kept!.commit)).toBe('.env\nnew.ts');
  });

  it('names what no tree of git can hold, at once and each time, and keeps the rest', async () => {
    const place = await opened('build');
    write(place.folder, { 'sub/.GIT/config': 'x', 'sub/.GIT/deep/er': 'x', 'other/git~1': 'x', 'new.ts': 'n\n' });
    execFileSync('git', ['init', '-q', join(place.folder, 'inner')]);
    write(place.folder, { 'inner/.Git/config': 'x', 'inner/code.ts': 'c\n' });
    const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'one' });
    expect(kept!.leftOut.toSorted()).toEqual(['inner/.Git', 'other/git~1', 'sub/.GIT']);
    expect(git('diff', '--name-only', place.start, kept!.commit)).toBe('inner/code.ts\nnew.ts');
    const again = await worktrees.snapshot(place, { parent: kept!.commit, shared: none, title: 'two' });
    expect(again!.leftOut).toHaveLength(3);
  });

  it('names what has no UTF-8 name in a repository made in between, and keeps the rest', async () => {
    const { folder, start, ...place } = await opened('build');
    const odd = (...parts: string[]): Buffer => Buffer.from([folder, ...parts].join('/'), 'latin1');
    write(folder, { 'inner/code.ts': 'c\n', 'new.ts': 'n\n' });
    execFileSync('git', ['init', '-q', join(folder, 'inner')]);
    writeFileSync(odd('inner', 'bad\xfename'), 'x');
    writeFileSync(odd('plain\xfename'), 'kept\n');
    mkdirSync(odd('odd\xfe'));
    mkdirSync(odd('inner', 'odd\xfe'));
    const makes = (path: string): string => `(cd "$(printf %b '${path}')" && git init -q . && echo x > file)`;
    execFileSync('sh', ['-c', `${makes('odd\\0376')} && ${makes('inner/odd\\0376')}`], { cwd: folder });
    const kept = await worktrees.snapshot({ ...place, folder }, { parent: start, shared: none, title: 'one' });
    expect(kept!.leftOut.toSorted()).toEqual(['inner/bad\ufffdname', 'inner/odd\ufffd/', 'odd\ufffd/']);
    const names = git('-c', 'core.quotePath=true', 'diff', '--name-only', start, kept!.commit);
    expect(names).toBe('inner/code.ts\nnew.ts\n"plain\\376name"');
  });

  it('is none when nothing has changed, and leaves the index and HEAD of the worktree alone', async () => {
    const place = await opened('build');
    expect(await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'x' })).toBeNull();
    write(place.folder, { 'src/a.ts': 'more\n' });
    await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'x' });
    const status = execFileSync('git', ['-C', place.folder, 'status', '--porcelain'], { encoding: 'utf8' });
    expect(status).toBe(' M src/a.ts\n');
  });

  it('keeps what it can when agents write at the same time', async () => {
    const place = await opened('build');
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, at) => {
        write(place.folder, { [`new/${at}.ts`]: `${at}\n` });
        return worktrees.snapshot(place, { parent: place.start, shared: none, title: `${at}` });
      }),
    );
    const last = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'last' });
    expect(await worktrees.changed(place.repository, place.start, last!.commit)).toHaveLength(8);
    expect(all.every((one) => one !== null)).toBe(true);
  });
});

describe('a file that git cannot keep', () => {
  it('is told with each snapshot, whatever else has changed', async () => {
    const place = await opened('build');
    writeFileSync(join(place.folder, 'huge.bin'), '');
    truncateSync(join(place.folder, 'huge.bin'), 257 * 1024 * 1024);
    for (const title of ['turn', 'end']) {
      const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title });
      expect(kept?.leftOut).toEqual(['huge.bin']);
    }
  });
});

describe('Worktrees.combine', () => {
  it('merges what several tasks left, and leaves out what conflicts, by file', async () => {
    const [one, two, three] = [await opened('one'), await opened('two'), await opened('three')];
    write(one.folder, { 'src/a.ts': 'from one\n', 'one.ts': '1\n' });
    write(two.folder, { 'src/b.ts': 'from two\n' });
    write(three.folder, { 'src/a.ts': 'from three\n' });
    const heads = await Promise.all(
      [one, two, three].map(async (place) => {
        const kept = await worktrees.snapshot(place, { parent: place.start, shared: none, title: 'x' });
        return { branch: place.owner.taskId, commit: kept!.commit };
      }),
    );
    const { commit, leftOut } = await worktrees.combine(one.repository, { base: one.start, heads, title: 'all' });
    expect(leftOut).toEqual([{ branch: 'three', files: ['src/a.ts'] }]);
    expect(git('show', `${commit}:src/a.ts`)).toBe('from one');
    expect(git('show', `${commit}:src/b.ts`)).toBe('from two');
  });
});
