/*
 * What a command can leave in git's own folder, where all may be written that git itself writes:
 * L1 Git writes through links there: one that stands for a log, a message or a file of its own has the next commit of whoever works
 *    in the repository written elsewhere. So a link that was not there before goes.
 * L2 A rebase that goes on runs what its list says. So lines of it that run something go when they were not there before.
 */
import { lstat, readlink, rename, unlink, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { entriesOf } from '../entries-of.ts';
import { readPlain } from '../jail/plain-file.ts';
import { openFolder } from '../jail/open-folder.ts';
import { openUp, openUpTo } from './open-up.ts';

/** What git would follow or run, each with the folder, the name in it, and where it leads or what it says. */
export type GitLeft = ReadonlyMap<string, { folder: string; name: string; says: string }>;

// Objects go by what they hold; the others are covered, or looked at for themselves.
const skipped = new Set(['objects', 'hooks', 'modules', 'worktrees', 'gaffer']);
const mostEntries = 20_000;
const todo = 'rebase-merge/git-rebase-todo';
/** What in these files has a program run, line by line. */
const programs: Readonly<Record<string, RegExp>> = {
  [todo]: /^\s*(x|exec)\s/,
  // The name of a way to merge is a part of a program's path.
  'rebase-merge/strategy': /[^\w\s-]/,
  'sequencer/opts': /^\s*strategy\s*=.*[^\w\s"-]/,
};

/**
 * What is there now, of these folders of git's, from the workspace down.
 *
 * @param isOver folders that cannot be listed are opened
 */
export async function gitLeftIn(workspace: string, folders: readonly string[], isOver = false): Promise<GitLeft> {
  const found = new Map<string, { folder: string; name: string; says: string }>();
  const add = (folder: string, name: string, says: string): void =>
    void found.set([folder, name, says].join('\0'), { folder, name, says });
  for (const folder of folders) {
    for (const name of await linksOf(workspace, folder, isOver)) {
      const target = await readlink(path.join(workspace, folder, name)).catch(() => '');
      if (name !== 'HEAD' || !target.startsWith('refs/')) add(folder, name, target);
    }
    for (const [name, runs] of Object.entries(programs)) {
      const lines = String((await readPlain(workspace, path.join(folder, name))) ?? '').split('\n');
      for (const line of lines) if (runs.test(line)) add(folder, name, line);
    }
  }
  return found;
}

/** Takes away what was not there before. @returns its names, for the model */
export async function takeLeft(workspace: string, folders: readonly string[], before: GitLeft): Promise<string[]> {
  const taken: string[] = [];
  for (const [key, { folder, name, says }] of await gitLeftIn(workspace, folders, true)) {
    if (before.has(key)) continue;
    const isTaken = await takeOne(workspace, path.join(folder, name), says).catch(() => false);
    if (isTaken) taken.push(`${name} of ${folder || 'the workspace'}`);
  }
  return [...new Set(taken)];
}

async function takeOne(workspace: string, file: string, says: string): Promise<boolean> {
  const parts = file.split('/');
  const name = parts.pop()!;
  await openUpTo(workspace, parts);
  const folder = await openFolder(workspace, parts);
  try {
    const about = await lstat(folder.at(name));
    const text = about.isSymbolicLink() || !file.endsWith(todo) ? null : await readPlain(workspace, file);
    await unlink(folder.at(name));
    if (text === null) return true;
    const rest = String(text)
      .split('\n')
      .filter((line) => line !== says);
    const draft = `${name}.${randomUUID()}`;
    await writeFile(folder.at(draft), rest.join('\n'), { flag: 'wx' });
    await rename(folder.at(draft), folder.at(name));
    return true;
  } finally {
    await folder.handle.close();
  }
}

async function linksOf(workspace: string, folder: string, isOver: boolean): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  const pending = [''];
  for (const inner of pending) {
    const own = path.join(folder, inner);
    if (isOver && own !== '') await openUp(workspace, own);
    const entries = await entriesOf(path.join(workspace, own), mostEntries).catch(() => []);
    seen += entries.length;
    for (const entry of entries) {
      const name = path.join(inner, entry.name);
      if (entry.isSymbolicLink()) {
        if (!skipped.has(name)) found.push(name);
      } else if (entry.isDirectory() && !skipped.has(name)) pending.push(name);
    }
    if (seen >= mostEntries) break;
  }
  return found;
}
