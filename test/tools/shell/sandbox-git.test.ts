import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { until } from '../../support/base/until.ts';
import { startBash } from '../../support/tools/start-bash.ts';
import { inSandbox, runInSandbox as run, sandbox, userGit as git } from '../../support/tools/sandbox.ts';

function repository(): string {
  const workspace = tempFolder();
  git(workspace, 'init', '--quiet', '--initial-branch', 'main');
  commit(workspace, 'first');
  return workspace;
}

function commit(workspace: string, name: string): void {
  writeFileSync(path.join(workspace, `${name}.txt`), `${name}\n`);
  git(workspace, 'add', '.');
  git(workspace, 'commit', '--quiet', '-m', name);
}

const identity = `export HOME=/tmp; git config --global user.name a; git config --global user.email a@localhost; git config --global safe.directory '*'`;
// A repository of the agent's own, whose configuration runs a program.
const evil = `mkdir -p evil && cp -r .git/refs .git/objects .git/HEAD evil/ 2>/dev/null; printf '[core]\\nrepositoryformatversion = 0\\nfsmonitor = "touch trapped; false"\\n' > evil/config`;
const plants = [
  'echo ../evil > .git/commondir',
  'rm -f .git/commondir && echo ../evil > .git/commondir',
  'echo ../evil > c && mv -f c .git/commondir',
  'ln -sf ../evil/config .git/config.worktree',
  'cp evil/config .git/config.worktree',
  'cp evil/config .git/config',
  'git config core.fsmonitor "touch trapped; false"',
  'mkdir -p .git/hooks && cp /bin/true .git/hooks/post-checkout',
  'mkdir -p .git/info && echo "* filter=x" > .git/info/attributes',
  'mkdir -p .git/modules/x',
  'mkdir -p .git/worktrees/x && echo ../../evil > .git/worktrees/x/commondir',
  'mv .git/info .git/i; mv .git/objects .git/o; mv .git .g; cp -r evil .git; echo "gitdir: evil" > .git',
].join('; ');

function expectNoTrap(workspace: string): void {
  git(workspace, 'status', '--short');
  git(workspace, 'checkout', '--quiet', '-b', 'new');
  expect(existsSync(path.join(workspace, 'trapped'))).toBe(false);
  const config = readFileSync(path.join(workspace, '.git/config'), 'utf8');
  expect(config).not.toContain('fsmonitor');
  for (const name of ['commondir', 'config.worktree', 'info/attributes', 'hooks/post-checkout', 'modules', 'worktrees'])
    expect(`${name} ${existsSync(path.join(workspace, '.git', name))}`).toBe(`${name} false`);
}

describe('git of the user, after the commands of agents,', () => {
  inSandbox('runs nothing of theirs, and finds nothing that was not there', async () => {
    const workspace = repository();
    await run(`${evil}; ${plants}`, workspace);
    expectNoTrap(workspace);
  });

  inSandbox('runs nothing of theirs when two of them overlapped', async () => {
    const workspace = repository();
    const long = run(`${evil}; touch begun; until [ -e go ]; do sleep 0.02; done; ${plants}`, workspace);
    await until('the long one has begun', () => existsSync(path.join(workspace, 'begun')));
    await run('true', workspace);
    expect(readFileSync(path.join(workspace, '.git/commondir'), 'utf8')).toBe('.//.\n');
    expect(git(workspace, 'log', '--format=%s')).toBe('first');
    writeFileSync(path.join(workspace, 'go'), '');
    await long;
    expectNoTrap(workspace);
  });

  inSandbox('runs nothing of theirs when commands of two workers overlapped', async () => {
    const workspace = repository();
    const end = `until [ -e go ]; do sleep 0.02; done; ${plants}; touch planted; sleep 60`;
    const worker = startBash(sandbox, `${evil}; touch begun; ${end}`, workspace);
    await until('the other one has begun', () => existsSync(path.join(workspace, 'begun')));
    await run('true', workspace);
    writeFileSync(path.join(workspace, 'go'), '');
    await until('it has planted', () => existsSync(path.join(workspace, 'planted')));
    worker.kill('SIGKILL');
    git(workspace, 'status', '--short');
    expect(existsSync(path.join(workspace, 'trapped'))).toBe(false);
    expect(readFileSync(path.join(workspace, '.git/commondir'), 'utf8')).toBe('.//.\n');
  });

  inSandbox('works after a kill, and finds nothing left after the next command', async () => {
    const workspace = repository();
    const worker = startBash(sandbox, 'touch begun; sleep 60', workspace);
    await until('it has begun', () => existsSync(path.join(workspace, 'begun')));
    worker.kill('SIGKILL');
    commit(workspace, 'second');
    expect(git(workspace, 'log', '--format=%s')).toBe('second\nfirst');
    await until('the lock of the killed one is gone', async () => {
      await run('true', workspace);
      return !existsSync(path.join(workspace, '.git/commondir'));
    });
    expect(git(workspace, 'rev-parse', '--git-common-dir')).toBe('.git');
  });

  inSandbox('runs nothing where there was no repository: commands make none of the workspace itself', async () => {
    const parent = repository();
    const workspace = path.join(parent, 'part');
    mkdirSync(workspace);
    const { content } = await run(
      `git init -q . ; ${evil}; cp -r evil .git; mv evil .git; mkdir .git/x; git init -q sub && echo SUB`,
      workspace,
    );
    expect(content).toContain('SUB');
    expect(existsSync(path.join(workspace, '.git'))).toBe(false);
    expect(git(workspace, 'rev-parse', '--show-toplevel')).toBe(parent);
  });

  inSandbox('runs nothing of theirs where .git is a file that leads into the workspace', async () => {
    const workspace = tempFolder();
    mkdirSync(path.join(workspace, 'data'));
    git(workspace, 'init', '--quiet', '--separate-git-dir', path.join(workspace, 'data/git'));
    writeFileSync(path.join(workspace, 'data/git/config'), '[core]\n\trepositoryformatversion = 0\n');
    const attacks = [
      'echo x > data/git/hooks/post-checkout',
      'echo x >> data/git/config',
      'echo ../../evil > data/git/commondir',
      'mv data other',
      'mv data/git data/other',
      'echo "gitdir: evil" > .git',
    ];
    const before = readdirSync(path.join(workspace, 'data/git/hooks'));
    await run(attacks.join('; '), workspace);
    expect(readdirSync(path.join(workspace, 'data/git/hooks'))).toEqual(before);
    expect(readFileSync(path.join(workspace, 'data/git/config'), 'utf8')).not.toContain('x');
    expect(existsSync(path.join(workspace, 'data/git/commondir'))).toBe(false);
    expect(git(workspace, 'status', '--short')).not.toContain('other');
  });
});

describe('what a repository is configured to read commands from', () => {
  inSandbox('is as closed as the rest, whether it is there or not', async () => {
    const workspace = repository();
    mkdirSync(path.join(workspace, '.husky/_'), { recursive: true });
    writeFileSync(path.join(workspace, '.husky/_/pre-commit'), 'own');
    writeFileSync(path.join(workspace, 'shared.config'), '[include]\n  path = more/config\n');
    git(workspace, 'config', 'core.hooksPath', '.husky/_');
    git(workspace, 'config', 'core.attributesFile', 'team/attributes');
    git(workspace, 'config', 'include.path', '../shared.config');
    const attacks = [
      'echo x > .husky/_/pre-commit',
      'echo x > .husky/_/post-checkout',
      'mv .husky h',
      'echo x > shared.config',
      'rm shared.config',
      'mkdir -p more team; echo x > more/config; echo x > team/attributes; mv more m; mv team t',
      'echo fine > .husky/notes',
    ];
    await run(attacks.join('; '), workspace);
    expect(readdirSync(path.join(workspace, '.husky/_'))).toEqual(['pre-commit']);
    expect(readFileSync(path.join(workspace, '.husky/_/pre-commit'), 'utf8')).toBe('own');
    expect(readFileSync(path.join(workspace, 'shared.config'), 'utf8')).toContain('more/config');
    expect(readFileSync(path.join(workspace, '.husky/notes'), 'utf8')).toBe('fine\n');
    for (const name of ['more', 'team', 'm', 't', 'h']) expect(existsSync(path.join(workspace, name))).toBe(false);
  });
});

describe('a repository that a command removes', () => {
  inSandbox('keeps every branch, tag and commit that was there before', async () => {
    const workspace = repository();
    git(workspace, 'tag', 'v1');
    commit(workspace, 'second');
    git(workspace, 'branch', 'other');
    commit(workspace, 'third');
    await run(`${identity}; echo x > own.txt; git add own.txt; git commit -qm own`, workspace);
    const before = git(workspace, 'for-each-ref', '--format=%(refname) %(objectname)');
    await run('rm -rf .git; rm -rf .git/* ; find .git -type f -delete', workspace);
    expect(git(workspace, 'for-each-ref', '--format=%(refname) %(objectname)')).toBe(before);
    expect(git(workspace, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(git(workspace, 'log', '--format=%s', 'main')).toBe('own\nthird\nsecond\nfirst');
    expect(git(workspace, 'show', 'v1:first.txt')).toBe('first');
    git(workspace, 'reset', '--quiet');
    expect(git(workspace, 'status', '--short')).toBe('');
    git(workspace, 'fsck', '--strict');
  });

  inSandbox('comes back with the next command when the worker was killed as well', async () => {
    const workspace = repository();
    const worker = startBash(sandbox, 'rm -rf .git; touch removed; sleep 60', workspace);
    await until('it was removed', () => existsSync(path.join(workspace, 'removed')));
    worker.kill('SIGKILL');
    await run('true', workspace);
    expect(git(workspace, 'log', '--format=%s')).toBe('first');
  });

  inSandbox('is one in which agents work with branches as ever', async () => {
    const workspace = repository();
    const work = `${identity}; git checkout -q -b feature; echo 1 > a; git add a; git commit -qm a; git stash -q -u 2>/dev/null;
      git checkout -q main; git merge -q --no-ff -m merged feature; git branch -d feature; git tag t; git gc -q 2>/dev/null; git log --topo-order --format=%s`;
    expect((await run(work, workspace)).content).toContain('merged\na\nfirst');
    expect(git(workspace, 'log', '--topo-order', '--format=%s', 't')).toBe('merged\na\nfirst');
    git(workspace, 'gc', '--quiet');
    git(workspace, 'fsck', '--strict');
  });
});
