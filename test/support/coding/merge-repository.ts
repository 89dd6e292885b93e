import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../base/temp-folder.ts';

const who = { GIT_AUTHOR_NAME: 'test', GIT_AUTHOR_EMAIL: 't@example.com' };
const env = {
  ...{ PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', ...who },
  ...{ GIT_COMMITTER_NAME: 'test', GIT_COMMITTER_EMAIL: 't@example.com' },
};

/** Git as whoever owns the repository runs it. */
export function gitOf(folder: string): (...args: string[]) => string {
  return (...args) =>
    execFileSync('git', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}

/** Writes files of a folder, by their names. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

/** A repository with one commit of these files on `main`, which is checked out; left out: in a folder of the running test's own. */
export function newRepository(files: Readonly<Record<string, string>>, folder = tempFolder()): string {
  const git = gitOf(folder);
  git('init', '--quiet', '--initial-branch=main');
  writeFiles(folder, files);
  git('add', '-A');
  git('commit', '--quiet', '-m', 'first');
  return folder;
}

/** A commit of these files, on top of one, that no branch and no checkout has; null takes a file away. */
export function commitOn(folder: string, base: string, files: Readonly<Record<string, string | null>>): string {
  const index = path.join(tempFolder(), 'index');
  const git = (input: string | undefined, ...args: string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      env: { ...env, GIT_INDEX_FILE: index },
      encoding: 'utf8',
      input,
    }).trimEnd();
  git(undefined, 'read-tree', base);
  for (const [name, content] of Object.entries(files)) {
    if (content === null) git(undefined, 'update-index', '--force-remove', '--', name);
    else {
      const oid = git(content, 'hash-object', '-w', '--stdin');
      git(undefined, 'update-index', '--add', '--replace', '--cacheinfo', `100644,${oid},${name}`);
    }
  }
  return git(undefined, 'commit-tree', git(undefined, 'write-tree'), '-p', base, '-m', 'work');
}
