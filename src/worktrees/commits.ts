import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { gitIn, type Git } from '../host/git.ts';
import { copyIndex } from './copy-index.ts';
import type { Plumbing } from './plumbing.ts';
import { writeTree } from './write-tree.ts';

/** What tasks begin from that depend on nobody. */
export interface StartCommit {
  commit: string;
  /** Whether it holds work that nobody has committed yet. */
  isDirty: boolean;
  /**
   * What the checkout has otherwise: keys, what git ignores, and what is too large or cannot be read. Paths from its top down; that of a folder of
   * which it holds nothing ends in a slash.
   */
  leftOut: string[];
}

/**
 * The checkout as it is: the commit that is checked out, or one on top of it with what nobody has committed, untracked files included.
 * Nothing of the checkout changes, its index included.
 *
 * @param checkout of kind `checkout`: a person's files are read as git would
 * @param scratch a folder for what is needed meanwhile
 */
export async function startCommit(
  checkout: Plumbing,
  { scratch, title }: { scratch: string; title: string },
): Promise<StartCommit> {
  const { top, head } = checkout.repository;
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const index = join(scratch, `start-${randomUUID()}`);
  try {
    await readIndex(checkout, index);
    const { tree } = await writeTree(checkout, { folder: top, index, isPersons: true });
    const leftOut = await unlike(checkout.files(top, index));
    const before = await checkout.objects('rev-parse', `${head}^{tree}`);
    if (tree === before) return { commit: head, isDirty: false, leftOut };
    return { commit: await commitTree(checkout, { tree, parents: [head], title }), isDirty: true, leftOut };
  } finally {
    await rm(index, { force: true });
  }
}

// What a folder has otherwise than its index.
async function unlike(git: Git): Promise<string[]> {
  const said = await git('ls-files', '-z', '-m', '-o', '--directory', '--no-empty-directory');
  return [...new Set(said.split('\0').filter(Boolean))];
}

// A copy spares reading every file. One that only makes sense beside others of its repository is made anew.
async function readIndex(checkout: Plumbing, index: string): Promise<void> {
  const { top, head } = checkout.repository;
  const real = await gitIn(top, { timeoutMs: 60_000 })('rev-parse', '--path-format=absolute', '--git-path', 'index');
  const git = checkout.files(top, index);
  try {
    if (!existsSync(real)) throw new Error('no index');
    await copyIndex(real, index);
    await git('ls-files', '--error-unmatch', '-z', '--', ':(top)nothing-of-this-name').catch((error: unknown) => {
      // It could be read, and has no such file.
      if ((error as { code?: unknown }).code !== 1) throw error;
    });
  } catch {
    await rm(index, { force: true });
    await git('read-tree', head);
  }
}

/** Makes a commit. @returns its name */
export function commitTree(
  { objects }: Plumbing,
  { tree, parents, title, body }: { tree: string; parents: readonly string[]; title: string; body?: string },
): Promise<string> {
  const message = title.replace(/\p{Cc}/gu, ' ').trim() || 'gaffer';
  return objects(
    'commit-tree',
    tree,
    ...parents.flatMap((parent) => ['-p', parent]),
    '-m',
    message,
    ...(body === undefined ? [] : ['-m', body]),
  );
}

/** What merging two commits comes to, in no working tree. `files`: those that conflict; none: it went well. */
export async function mergeTrees(
  { objects }: Plumbing,
  one: string,
  other: string,
): Promise<{ tree: string; files: string[] }> {
  const args = ['merge-tree', '--write-tree', '--name-only', '-z', '--no-messages', one, other];
  const said = await objects(...args).catch((error: unknown) => {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    if (code === 1 && stdout) return stdout;
    throw error;
  });
  const [tree, ...files] = said.split('\0').filter(Boolean);
  return { tree: tree!.trim(), files: [...new Set(files)] };
}

/** A branch that did not go together with those before it. */
export interface LeftOutBranch {
  branch: string;
  files: string[];
}

/**
 * What a task begins from that depends on others: their branches, merged one after the other onto the first. One that conflicts is left out.
 */
export async function combine(
  plumbing: Plumbing,
  { base, heads, title }: { base: string; heads: readonly { branch: string; commit: string }[]; title: string },
): Promise<{ commit: string; leftOut: LeftOutBranch[] }> {
  const leftOut: LeftOutBranch[] = [];
  let commit = base;
  for (const { branch, commit: head } of heads) {
    if (await isWithin(plumbing, head, commit)) continue;
    if (await isWithin(plumbing, commit, head)) {
      commit = head;
      continue;
    }
    const { tree, files } = await mergeTrees(plumbing, commit, head);
    if (files.length > 0) leftOut.push({ branch, files });
    else commit = await commitTree(plumbing, { tree, parents: [commit, head], title });
  }
  return { commit, leftOut };
}

/** Whether a commit is one of another's, or the same. */
export async function isWithin({ objects }: Plumbing, inner: string, outer: string): Promise<boolean> {
  if (inner === outer) return true;
  return objects('merge-base', '--is-ancestor', inner, outer).then(
    () => true,
    (error: unknown) => {
      if ((error as { code?: unknown }).code === 1) return false;
      throw error;
    },
  );
}

/** Files that differ between two commits. */
export async function changedFiles({ objects }: Plumbing, from: string, to: string): Promise<string[]> {
  if (from === to) return [];
  const said = await objects('diff-tree', '-r', '-z', '--no-renames', '--name-only', '--no-commit-id', from, to);
  return said.split('\0').filter(Boolean);
}
