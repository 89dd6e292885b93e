import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run, userGit as git } from '../../support/tools/sandbox.ts';

function repository(folder = tempFolder()): string {
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch', 'main');
  git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'first');
  git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'second');
  return folder;
}

const asUser = `export HOME=/tmp; git config --global safe.directory '*'; git config --global user.name a; git config --global user.email a@localhost`;

describe('what a command leaves in git’s folder', () => {
  for (const place of ['', 'libs/one', 'made']) {
    inSandbox(`has git write nowhere else: ${place || 'the workspace'}`, async () => {
      const workspace = place === '' ? repository() : tempFolder();
      if (place === 'libs/one') repository(path.join(workspace, place));
      const folder = path.join(workspace, place);
      const mine = path.join(tempFolder(), 'profile');
      writeFileSync(mine, 'mine\n');
      const made =
        place === 'made'
          ? 'git init -q -b main made; cd made; git commit -q --allow-empty -m x'
          : `cd '${place || '.'}'`;
      const links = ['COMMIT_EDITMSG', 'FETCH_HEAD', 'ORIG_HEAD', 'logs/HEAD', 'logs/refs/heads/main'];
      const { content } = await run(
        `${asUser}; ${made}; for f in ${links.join(' ')}; do ln -sf ${mine} .git/$f; done; chmod 100 .git/logs`,
        workspace,
      );
      expect(content).toContain('Taken back');
      expect(content).toContain('logs/HEAD of');
      chmodSync(path.join(folder, '.git/logs'), 0o700);
      git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'x; touch trapped');
      git(folder, 'fetch', '--quiet', '.', 'main');
      git(folder, 'reset', '--quiet', '--hard', 'HEAD');
      expect(readFileSync(mine, 'utf8')).toBe('mine\n');
      expect(git(folder, 'log', '--format=%s', '-1')).toBe('x; touch trapped');
    });
  }

  inSandbox('leaves links that were there', async () => {
    const workspace = repository();
    const elsewhere = tempFolder();
    symlinkSync(elsewhere, path.join(workspace, '.git/annex'));
    git(workspace, 'symbolic-ref', 'HEAD', 'refs/heads/main');
    expect((await run('rm .git/HEAD; ln -s refs/heads/main .git/HEAD', workspace)).content).not.toContain('Taken back');
    expect(existsSync(path.join(workspace, '.git/annex'))).toBe(true);
    expect(git(workspace, 'log', '--format=%s')).toBe('second\nfirst');
  });

  inSandbox('has a rebase that goes on run nothing but what it was to run before', async () => {
    const workspace = repository();
    const rebase = (list: string): string =>
      git(workspace, '-c', `sequence.editor=printf '${list}' >`, 'rebase', '-i', '--keep-empty', 'HEAD~1');
    rebase(String.raw`break\nexec touch mine\n`);
    const { content } = await run(
      String.raw`printf 'exec touch trapped\n x touch trapped\n' >> .git/rebase-merge/git-rebase-todo; echo a/b > .git/rebase-merge/strategy`,
      workspace,
    );
    expect(content).toContain('git-rebase-todo of .git');
    expect(content).toContain('rebase-merge/strategy of .git');
    git(workspace, 'rebase', '--continue');
    expect(existsSync(path.join(workspace, 'trapped'))).toBe(false);
    expect(existsSync(path.join(workspace, 'mine'))).toBe(true);
  });
});
