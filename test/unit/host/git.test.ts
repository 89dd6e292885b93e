import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { gitIn } from '../../../src/host/git.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

let folder: string;
let trap: string;
beforeEach(() => {
  folder = realpathSync(tempFolder());
  trap = path.join(folder, 'trapped');
  const user = ['-c', 'user.name=a', '-c', 'user.email=a@localhost'];
  execFileSync('git', ['init', '--quiet', '--initial-branch', 'main'], { cwd: folder });
  execFileSync('git', [...user, 'commit', '--quiet', '--allow-empty', '-m', 'first'], { cwd: folder });
});

const git = (where = folder) => gitIn(where, { timeoutMs: 60_000 });

/** Everything that a configuration, hooks and attributes have git run, as somebody else would write it. */
function plant(repository: string): void {
  const program = `"touch ${trap}; false"`;
  const lines = [
    `[core]\nfsmonitor = ${program}\npager = ${program}\neditor = ${program}\nsshCommand = ${program}\naskPass = ${program}`,
    `gitProxy = ${program}\nalternateRefsCommand = ${program}\nhooksPath = ${path.join(folder, 'hooks')}`,
    `[diff]\nexternal = ${program}\n[diff "x"]\ncommand = ${program}\ntextconv = ${program}\n[gpg]\nprogram = ${program}`,
    `[filter "x"]\nclean = ${program}\nsmudge = ${program}\nprocess = ${program}\n[credential]\nhelper = ${program}`,
    `[alias]\nstatus = "!touch ${trap}"\nfor-each-ref = "!touch ${trap}"\n[gc]\nauto = 1\n[pager]\nfor-each-ref = ${program}`,
    `[remote "origin"]\nurl = "ext::sh -c 'touch ${trap}'"\npromisor = true\npartialclonefilter = blob:none`,
  ];
  appendFileSync(path.join(repository, 'config'), `${lines.join('\n')}\n`);
  mkdirSync(path.join(folder, 'hooks'), { recursive: true });
  for (const name of ['post-checkout', 'post-index-change', 'reference-transaction', 'pre-auto-gc']) {
    writeFileSync(path.join(folder, 'hooks', name), `#!/bin/sh\ntouch ${trap}\n`);
    chmodSync(path.join(folder, 'hooks', name), 0o755);
  }
  mkdirSync(path.join(repository, 'info'), { recursive: true });
  writeFileSync(path.join(repository, 'info', 'attributes'), '* filter=x diff=x\n');
}

describe('git in a repository that is not trusted', () => {
  it('runs nothing that its configuration, hooks and attributes name', async () => {
    plant(path.join(folder, '.git'));
    const head = await git()('rev-parse', 'HEAD');
    await git()('update-ref', 'refs/gaffer/x', head);
    await git()('for-each-ref', '--format=%(refname)');
    await git()('status', '--short');
    await git()('worktree', 'add', '--quiet', '--no-checkout', '--detach', path.join(folder, 'other'), head);
    await git()('worktree', 'remove', '--force', '--force', path.join(folder, 'other'));
    await git()('update-ref', '--no-deref', '-d', 'refs/gaffer/x');
    // An object that is missing would be asked for at the remote.
    await expect(git()('cat-file', '-e', '0123456789012345678901234567890123456789')).rejects.toThrow();
    await expect(git()('fetch', 'origin')).rejects.toThrow();
    expect(existsSync(trap)).toBe(false);
  });

  it('takes no folder for a repository that only looks like one', async () => {
    const bare = path.join(folder, 'assets');
    cpSync(path.join(folder, '.git'), bare, { recursive: true });
    plant(bare);
    appendFileSync(path.join(bare, 'config'), '[core]\nbare = false\nworktree = .\n');
    await expect(git(bare)('status')).rejects.toThrow('safe.bareRepository');
    expect(existsSync(trap)).toBe(false);
  });
});
