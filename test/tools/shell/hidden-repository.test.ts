import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run, userGit as git } from '../../support/tools/sandbox.ts';

/** What has git run a program wherever it is asked for something. */
const armed = String.raw`[core]\nrepositoryformatversion = 0\nfsmonitor = "touch ARMED/trapped; false"\n`;

// `$o` is armed, where nobody looks for repositories; each has `sub` lead there.
const ways: [string, string][] = [
  ['with a space at its end', `mv $o "$o "; printf 'gitdir: ../%s \n' $o > sub/.git`],
  ['over two lines', `mv $o "$o"$'\\nx'; printf 'gitdir: ../%s\nx\n' $o > sub/.git`],
  ['with many line breaks', `{ printf 'gitdir: ../%s' $o; head -c 20000 /dev/zero | tr '\\0' '\\n'; } > sub/.git`],
  ['before a NUL', `printf 'gitdir: ../%s\\0x' $o > sub/.git`],
  ['that is no text', `mv $o "$o"$'\\xff'; printf 'gitdir: ../%s\\xff' $o > sub/.git`],
  ['by a link to a file', `printf 'gitdir: ../%s' $o > sub/to; ln -s to sub/.git`],
  ['as what it shares', `mkdir sub/.git; cp $o/HEAD sub/.git; mv $o "$o "; printf '../../%s ' $o > sub/.git/commondir`],
  [
    'as what it shares, at length',
    `mkdir sub/.git; cp $o/HEAD sub/.git; { printf '../../%s' $o; head -c 2000000 /dev/zero | tr '\\0' '\\n'; } > sub/.git/commondir`,
  ],
  ['behind many others', `mkdir r; for i in $(seq 60); do mkdir r$i; cp -r $o r$i/.git; done; mv $o sub/.git`],
  ['in a folder that is not listed', `mv $o sub/.git; chmod 500 sub/.git; chmod 100 sub`],
  ['in one of git’s that is not listed', `mv $o sub/.git; chmod 100 sub/.git`],
  ['as a submodule', `git init -q sub; mkdir sub/.git/modules; mv $o sub/.git/modules/m; rm -rf sub/.git/hooks`],
];

describe('a repository that a command made', () => {
  for (const [title, way] of ways) {
    inSandbox(`is disarmed, also named ${title}`, async () => {
      const [workspace, witness] = [tempFolder(), tempFolder()];
      const make = `export HOME=/tmp; mkdir -p node_modules sub; git init -q -b main o; printf '${armed.replace('ARMED', witness)}' > o/.git/config; mv o/.git node_modules/o; o=node_modules/o`;
      const { content } = await run(`${make}; ${way}`, workspace);
      expect(content).toContain('Taken back');
      const module = path.join(workspace, 'sub/.git/modules/m');
      for (const args of [['status', '--short'], ...(existsSync(module) ? [['--git-dir', module, 'status']] : [])]) {
        try {
          git(path.join(workspace, 'sub'), ...args);
        } catch (error) {
          expect(String(error)).toContain('fatal: not a git repository');
        }
      }
      expect(readdirSync(witness)).toEqual([]);
    });
  }

  inSandbox('is none that the next command can arm, in the workspace itself', async () => {
    const [workspace, witness] = [tempFolder(), tempFolder()];
    await run('git init -q --bare -b main .; rm -rf info; ln -s x info', workspace);
    await run(
      `printf '${armed.replace('ARMED', witness)}worktree = .\nbare = false\n' > config; rm -rf hooks`,
      workspace,
    );
    expect(() => git(workspace, 'status')).toThrow('work tree');
    expect(readdirSync(witness)).toEqual([]);
  });

  inSandbox('is refused commands when it cannot be covered there', async () => {
    const workspace = tempFolder();
    git(workspace, 'init', '--quiet', '--bare', '.');
    mkdirSync(path.join(workspace, 'elsewhere'));
    git(workspace, '--version');
    await run('true', workspace);
    const { renameSync, symlinkSync } = await import('node:fs');
    renameSync(path.join(workspace, 'info'), path.join(workspace, 'elsewhere/info'));
    symlinkSync('elsewhere/info', path.join(workspace, 'info'));
    expect((await run('true', workspace)).content).toContain('is a link, which cannot be guarded');
  });
});
