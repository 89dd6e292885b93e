import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run, userGit as git } from '../../support/tools/sandbox.ts';

function repository(folder: string, ...options: string[]): string {
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch', 'main', ...options);
  writeFileSync(path.join(folder, 'first.txt'), 'first\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'first');
  return folder;
}

const identity = `export HOME=/tmp; git config --global user.name a; git config --global user.email a@localhost; git config --global safe.directory '*'`;

/** What has git run a program: `trapped` is made where git is run. */
const armed = String.raw`[core]\nrepositoryformatversion = 0\nfsmonitor = "touch trapped; false"\n[user]\nname = kept\n[alias]\nx = !touch trapped\n[filter "x"]\nclean = touch trapped\n[remote "a"]\nurl = ext::sh -c touch\n[remote "b"]\nurl = ../b\n[include]\npath = more\n`;

/** Uses git like somebody who enters a folder. */
function enter(folder: string): void {
  git(folder, 'status', '--short');
  writeFileSync(path.join(folder, 'mine.txt'), 'mine');
  git(folder, 'add', 'mine.txt');
  git(folder, 'commit', '--quiet', '-m', 'mine');
  git(folder, 'checkout', '--quiet', '-b', 'new');
  expect(readdirSync(folder)).not.toContain('trapped');
}

describe('repositories in subfolders of the workspace', () => {
  inSandbox('cannot be given anything to run, wherever git keeps what belongs to them', async () => {
    const workspace = repository(tempFolder());
    const at = (...names: string[]): string => path.join(workspace, ...names);
    repository(at('libs', 'one'));
    mkdirSync(at('data'));
    repository(at('libs', 'apart'), '--separate-git-dir', at('data', 'git'));
    git(at('libs', 'one'), 'worktree', 'add', '--quiet', at('tree'));
    const attacks = ['libs/one/.git', 'data/git', 'libs/one/.git/worktrees/tree'].flatMap((folder) => [
      `printf '${armed}' > ${folder}/config`,
      `printf '${armed}' > ${folder}/config.worktree`,
      `mkdir -p ${folder}/hooks; printf '#!/bin/sh\\ntouch trapped' > ${folder}/hooks/post-checkout; chmod +x ${folder}/hooks/*`,
      `echo ../../evil > ${folder}/commondir`,
      `mv ${folder} ${folder}.old; cp -r evil ${folder}`,
    ]);
    attacks.unshift(`cp -r libs/one/.git evil; printf '${armed}' > evil/config`);
    attacks.push(
      'mv libs l; cp -r evil libs/one/.git; echo gitdir: ../evil > tree/.git; rm libs/apart/.git; mv data d',
    );
    await run(attacks.join('; '), workspace);
    enter(at('libs', 'one'));
    enter(at('libs', 'apart'));
    git(at('tree'), 'status', '--short');
    expect(readdirSync(at('tree'))).not.toContain('trapped');
    expect(existsSync(at('libs', 'one', '.git', 'commondir'))).toBe(false);
  });

  inSandbox('are worked in as ever, and come back when they are removed', async () => {
    const workspace = tempFolder();
    const one = repository(path.join(workspace, 'libs', 'one'));
    const work = `${identity}; cd libs/one; git checkout -q -b feature; echo 1 > a; git add a; git commit -qm a; git log --format=%s`;
    expect((await run(work, workspace)).content).toContain('a\nfirst');
    await run('rm -rf libs/one/.git', workspace);
    expect(git(one, 'log', '--format=%s')).toBe('a\nfirst');
    expect(git(one, 'symbolic-ref', 'HEAD')).toBe('refs/heads/feature');
  });

  inSandbox('are read-only where there are too many of them', async () => {
    const workspace = tempFolder();
    const names = Array.from({ length: 8 }, (_, at) => `r${String(at).padStart(2, '0')}`);
    for (const name of names) git(repository(path.join(workspace, name)), 'gc', '--quiet');
    const plant = `for r in r*; do printf '${armed}' > $r/.git/config; echo ../evil > $r/.git/commondir; rm -rf $r/.git; done`;
    await run(plant, workspace);
    for (const name of names) enter(path.join(workspace, name));
  });
});

describe('a repository that a command makes', () => {
  const kinds: [string, string, string][] = [
    ['one of its own', `git init -q sub; printf '${armed}' > sub/.git/config`, 'sub'],
    [
      'one whose files lie elsewhere',
      `mkdir x; git init -q --separate-git-dir x/y sub; printf '${armed}' > x/y/config`,
      'sub',
    ],
    ['a link to one', `git init -q o; printf '${armed}' > o/.git/config; mkdir sub; ln -s ../o/.git sub/.git`, 'sub'],
    [
      'one that says that its configuration lies elsewhere',
      `git init -q o; printf '${armed}' > o/.git/config; mkdir -p sub/.git; cp o/.git/HEAD sub/.git; echo ../../o/.git > sub/.git/commondir`,
      'sub',
    ],
    [
      'a configuration that is a link',
      `git init -q sub; printf '${armed}' > sub/c; ln -sf ../c sub/.git/config`,
      'sub',
    ],
    [
      'a folder that looks like one',
      `git init -q --bare sub; printf '${armed}[core]\\nworktree = .\\n' > sub/config`,
      'sub',
    ],
    [
      'hooks',
      `git init -q sub; mkdir -p sub/.git/hooks; printf '#!/bin/sh\\ntouch trapped' > sub/.git/hooks/post-checkout; chmod +x sub/.git/hooks/post-checkout; cp sub/.git/hooks/post-checkout sub/.git/hooks/pre-commit`,
      'sub',
    ],
    [
      'hooks that are a link',
      `git init -q sub; rm -rf sub/.git/hooks; mkdir h; printf '#!/bin/sh\\ntouch trapped' > h/post-checkout; chmod +x h/*; ln -s ../../h sub/.git/hooks`,
      'sub',
    ],
    [
      'one inside of packages',
      `mkdir -p node_modules; git init -q node_modules/o; printf '${armed}' > node_modules/o/.git/config; mkdir sub; echo gitdir: ../node_modules/o/.git > sub/.git`,
      'sub',
    ],
  ];
  for (const [title, command, entered] of kinds) {
    inSandbox(`keeps nothing that git would run: ${title}`, async () => {
      const workspace = tempFolder();
      const { content } = await run(
        `export HOME=/tmp; git config --global init.defaultBranch main; ${command}`,
        workspace,
      );
      expect(content).toContain('Taken back, as git would run or follow it outside of the sandbox');
      const folder = path.join(workspace, entered);
      if (title.startsWith('a folder')) {
        expect(() => git(folder, 'status')).toThrow('work tree');
        expect(readdirSync(folder)).not.toContain('trapped');
      } else enter(folder);
    });
  }

  inSandbox('keeps what is harmless, with all that was done in it', async () => {
    const workspace = tempFolder();
    const { content } = await run(
      `${identity}; git init -q sub; cd sub; git config user.name kept; git remote add b ../b; git config core.fsmonitor x; echo 1 > a; git add a; git commit -qm a`,
      workspace,
    );
    const config = readFileSync(path.join(workspace, 'sub/.git/config'), 'utf8');
    expect(content).toContain('core.fsmonitor of sub/.git');
    expect(config).toContain('name = kept');
    expect(config).toContain('url = ../b');
    expect(config).not.toContain('fsmonitor');
    expect(git(path.join(workspace, 'sub'), 'log', '--format=%s')).toBe('a');
    expect((await run('git init -q other', workspace)).content).not.toContain('Taken back');
  });
});

describe('the workspace’s own repository after `rm -rf .git`', () => {
  const remove = 'rm -rf .git; find .git -type f -delete';

  inSandbox('is one without a commit as it was', async () => {
    const workspace = tempFolder();
    git(workspace, 'init', '--quiet', '--initial-branch', 'trunk');
    git(workspace, 'config', 'user.nickname', 'kept');
    await run(remove, workspace);
    expect(git(workspace, 'symbolic-ref', 'HEAD')).toBe('refs/heads/trunk');
    expect(git(workspace, 'config', 'user.nickname')).toBe('kept');
    enter(workspace);
  });

  inSandbox('has all that was packed before', async () => {
    const workspace = repository(tempFolder());
    git(workspace, 'tag', 'v1');
    git(workspace, 'gc', '--quiet');
    await run(remove, workspace);
    expect(git(workspace, 'log', '--format=%s', 'v1')).toBe('first');
    expect(git(workspace, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  });

  inSandbox('is where it was, also beside every branch', async () => {
    const workspace = repository(tempFolder());
    await run('true', workspace);
    git(workspace, 'checkout', '--quiet', '--detach');
    git(workspace, 'commit', '--quiet', '--allow-empty', '-m', 'loose');
    const head = git(workspace, 'rev-parse', 'HEAD');
    await run(remove, workspace);
    expect(git(workspace, 'rev-parse', 'HEAD')).toBe(head);
    expect(git(workspace, 'log', '--format=%s')).toBe('loose\nfirst');
  });

  inSandbox('comes back also where its folder has another name', async () => {
    const workspace = tempFolder();
    mkdirSync(path.join(workspace, 'data'));
    repository(workspace, '--separate-git-dir', path.join(workspace, 'data/git'));
    await run('rm -rf data/git', workspace);
    expect(git(workspace, 'log', '--format=%s')).toBe('first');
  });
});
