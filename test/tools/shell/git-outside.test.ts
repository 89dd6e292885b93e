import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { outsideGitOf } from '../../../src/host/sandbox/git-outside.ts';
import { createWorkspaceHost } from '../../../src/tools/shell/workspace-host.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run, sandbox, userGit as git } from '../../support/tools/sandbox.ts';

function repository(folder: string): string {
  mkdirSync(path.join(folder, 'sub'), { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch', 'main');
  writeFileSync(path.join(folder, 'first.txt'), 'first\n');
  writeFileSync(path.join(folder, 'sub', 'own.txt'), 'own\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'first words');
  return folder;
}

function linkedWorktree(): { workspace: string; gitFolder: string } {
  const main = repository(path.join(tempFolder(), 'main'));
  git(main, 'worktree', 'add', '--quiet', '--detach', path.join(main, '..', 'linked'));
  return { workspace: path.join(main, '..', 'linked'), gitFolder: path.join(main, '.git') };
}

function submodule(): { workspace: string; gitFolder: string } {
  const main = repository(path.join(tempFolder(), 'main'));
  const other = repository(path.join(main, '..', 'other'));
  git(main, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'mod');
  return { workspace: path.join(main, 'mod'), gitFolder: path.join(main, '.git', 'modules', 'mod') };
}

const below = ({ workspace, gitFolder }: ReturnType<typeof submodule>) => ({
  workspace: path.join(workspace, 'sub'),
  gitFolder,
});

/** Workspaces whose git lies outside, with what of it has to stay as it is. */
const kinds: [string, () => { workspace: string; gitFolder: string }][] = [
  ['a linked worktree', linkedWorktree],
  ['a submodule', submodule],
  [
    'a subfolder',
    () => {
      const main = repository(path.join(tempFolder(), 'main'));
      return { workspace: path.join(main, 'sub'), gitFolder: path.join(main, '.git') };
    },
  ],
  ['a subfolder of a linked worktree', () => below(linkedWorktree())],
  ['a subfolder of a submodule', () => below(submodule())],
];

describe.each(kinds)('git of %s', (_kind, make) => {
  inSandbox('is read by commands, which can put nothing there, and its checkpoints keep files', async () => {
    const { workspace, gitFolder } = make();
    const config = readFileSync(path.join(gitFolder, 'config'), 'utf8');
    const armed = [
      'touch $common/hooks/post-checkout',
      'git config core.fsmonitor evil',
      'rm -rf $common/objects',
      'echo x > $own/commondir',
    ];
    const { content: output } = await run(
      `echo new > new.txt; git status --short; git log --oneline; own=$(git rev-parse --git-dir); common=$(git rev-parse --git-common-dir); ${armed.join('; ')}; true`,
      workspace,
    );
    expect(output).toContain('?? new.txt');
    expect(output).toContain('first words');
    expect(output).not.toMatch(/^ D /m);
    expect(readFileSync(path.join(gitFolder, 'config'), 'utf8')).toBe(config);
    expect(git(workspace, 'fsck')).toBe('');
    expect(git(workspace, 'status', '--short')).toBe('?? new.txt');
    const commit = await createWorkspaceHost(sandbox).snapshot(
      { workspace, ref: 'refs/gaffer/r/one', title: 'one' },
      new AbortController().signal,
    );
    expect(git(workspace, 'show', '--stat', '--format=', commit!)).toContain('new.txt');
    expect(git(workspace, 'status', '--short')).toBe('?? new.txt');
  });
});

describe.each(kinds)('what a command is told of the git of %s', (_kind, make) => {
  inSandbox('is its own history, and nothing of remotes, of other tasks and of what was put away', async () => {
    const { workspace, gitFolder } = make();
    const secrets = [
      'pass-of-remote',
      'pass-of-header',
      'pass-of-helper',
      'kept-by-gaffer',
      'put-away',
      'fetched-last',
    ];
    git(workspace, 'remote', 'add', 'private', 'https://ada:pass-of-remote@example.com/x.git');
    git(workspace, 'config', 'http.https://example.com/.extraheader', 'AUTHORIZATION: basic pass-of-header');
    git(workspace, 'config', 'credential.helper', '!echo pass-of-helper');
    git(workspace, 'config', 'user.name', 'Ada "the first" Lovelace');
    git(workspace, 'branch', 'by-person');
    for (const ref of [
      'heads/gaffer/run/other',
      'gaffer/run/other/1',
      'gaffer/kept/run/other',
      'remotes/origin/gaffer/run/other',
    ])
      git(workspace, 'update-ref', `refs/${ref}-kept-by-gaffer`, 'HEAD');
    git(workspace, 'update-ref', '--create-reflog', 'refs/stash', 'HEAD', '-m', 'put-away');
    writeFileSync(path.join(gitFolder, 'FETCH_HEAD'), `fetched-last of https://ada:pass-of-remote@example.com\n`);
    git(workspace, 'pack-refs', '--all');
    const asked = [
      'common=$(git rev-parse --path-format=absolute --git-common-dir)',
      'git config --list --show-origin; git remote -v; git for-each-ref; git branch -a; git stash list; git reflog --all',
      'find $common | grep -v /objects/; grep -rIs . $common --exclude-dir=objects',
      'ls $common/worktrees/*',
      'git log --format=%s by-person; git show --stat HEAD; git diff HEAD; echo name: $(git config user.name)',
    ];
    const { content } = await run(`${asked.join('; ')}; true`, workspace);
    expect(secrets.filter((secret) => content.includes(secret))).toEqual([]);
    expect(content).toContain('refs/heads/by-person');
    expect(content.match(/first words/g)!.length).toBeGreaterThan(1);
  });
});

describe('git outside of a workspace', () => {
  inSandbox(
    'is not shown where it does not say itself that the workspace is its own, or lies in a bare folder around',
    async () => {
      const main = repository(path.join(tempFolder(), 'main'));
      const workspace = tempFolder();
      writeFileSync(path.join(workspace, '.git'), `gitdir: ${path.join(main, '.git')}\n`);
      expect(await outsideGitOf(workspace)).toBeNull();
      git(main, 'worktree', 'add', '--quiet', '--detach', path.join(main, '..', 'linked'));
      writeFileSync(path.join(workspace, '.git'), `gitdir: ${path.join(main, '.git', 'worktrees', 'linked')}\n`);
      expect(await outsideGitOf(workspace)).toBeNull();
      expect((await run('git log --oneline', workspace)).content).not.toContain('first words');
      expect(await outsideGitOf(main)).toBeNull();
      expect(await outsideGitOf(tempFolder())).toBeNull();
    },
  );

  inSandbox('is not shown where a folder of the workspace, or one around it, says so', async () => {
    const base = tempFolder();
    const secret = repository(path.join(base, 'private'));
    const workspace = path.join(base, 'work', 'sub');
    const plant = (folder: string, commondir: string): Promise<unknown> => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'gitdir'), path.join(workspace, '.git'));
      writeFileSync(path.join(folder, 'commondir'), commondir);
      writeFileSync(path.join(folder, 'config'), `[core]\n\tworktree = ${workspace}\n`);
      writeFileSync(path.join(workspace, '.git'), `gitdir: ${folder}\n`);
      return outsideGitOf(workspace);
    };
    expect(await plant(path.join(workspace, 'fake'), path.join(secret, '.git'))).toBeNull();
    expect(await plant(path.join(workspace, 'fake'), secret)).toBeNull();
    expect(await plant(path.join(base, 'work', 'fake'), path.join(secret, '.git'))).toBeNull();
    expect(await plant(path.join(base, 'work', 'worktrees', 'fake'), path.join(secret, '.git'))).toBeNull();
    expect(await plant(path.join(base, 'work', 'worktrees', 'fake'), '../..')).toBeNull();
  });

  inSandbox('keeps nothing of a workspace that it ignores', async () => {
    const main = repository(path.join(tempFolder(), 'main'));
    writeFileSync(path.join(main, '.gitignore'), 'build\n');
    mkdirSync(path.join(main, 'build'));
    const request = { workspace: path.join(main, 'build'), ref: 'refs/gaffer/r/one', title: 'one' };
    expect(await createWorkspaceHost(sandbox).snapshot(request, new AbortController().signal)).toBeNull();
  });
});
