/*
 * S1 A tree holds every file that git does not ignore, with its mode, links as links; also those of repositories that were made in between,
 *    which git would note as a commit's name alone.
 * S2 The index is a private copy, so that processes that keep the same folder at once do not meet, and what a killed one leaves means nothing.
 * S3 A file that is too large, cannot be read, has a name that is no UTF-8 in a repository made in between, or lies in a folder with a name that git takes for its own in any case (`.GIT`) is left out, and
 *    told: it costs none of the others.
 */
import { constants, existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { access, lstat, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../host/git.ts';
import { copyIndex } from './copy-index.ts';
import { neverKeptPart } from './never-kept.ts';
import type { Plumbing } from './plumbing.ts';

/** Largest file that is kept, in bytes. */
const mostFileBytes = 256 * 1024 * 1024;

/** The files of a folder as a tree of git. */
export interface WrittenTree {
  tree: string;
  /** Paths that are not in it (S3). */
  leftOut: string[];
}

/**
 * Writes the files of a folder as a tree. Its own files stay as they are.
 *
 * @param index a file with git's notes of an earlier time, which spare reading what has not changed; replaced when all is written
 * @param base a commit whose files are looked at anew where `index` names what git has no more: somebody pruned what no ref had yet
 * @param without paths, from the folder down, that are not looked at: they stay as `index` has them
 * @param notNew paths that are left out where `index` has none of them
 * @param isPersons it is somebody's own checkout: what holds their keys stays as `index` has it, too
 */
export async function writeTree(
  plumbing: Plumbing,
  {
    folder,
    index,
    base,
    without = [],
    notNew = [],
    isPersons = false,
  }: {
    folder: string;
    index: string;
    base?: string;
    without?: readonly string[];
    notNew?: readonly string[];
    isPersons?: boolean;
  },
): Promise<WrittenTree> {
  const draft = `${index}.${randomUUID()}`;
  try {
    if (existsSync(index)) await copyIndex(index, draft); // S2
    const git = plumbing.files(folder, draft);
    const adding = { plumbing, folder, draft, without, notNew, isPersons };
    const written = await writeOnce(git, adding, base).catch(async (error: unknown) => {
      if (base === undefined) throw error;
      await rm(draft, { force: true });
      await git('read-tree', base);
      return writeOnce(git, adding, base);
    });
    await rename(draft, index);
    return written;
  } finally {
    await rm(draft, { force: true });
    await rm(`${draft}.lock`, { force: true });
  }
}

interface Adding {
  plumbing: Plumbing;
  folder: string;
  draft: string;
  without: readonly string[];
  notNew: readonly string[];
  isPersons: boolean;
}

async function writeOnce(git: Git, adding: Adding, base: string | undefined): Promise<WrittenTree> {
  const leftOut = await addAll(git, adding);
  const tree = await git('write-tree');
  // Git believes that what it has written before is there still.
  if (base !== undefined) await adding.plumbing.objects('rev-list', '--objects', '--quiet', tree, `^${base}^{tree}`);
  return { leftOut, tree };
}

// What an agent still writes may be gone again when git comes to it.
const mostTries = 3;

async function addAll(git: Git, adding: Adding): Promise<string[]> {
  for (let tried = 1; ; tried++) {
    try {
      return await addOnce(git, adding);
    } catch (error) {
      if (tried === mostTries) throw error;
    }
  }
}

async function addOnce(git: Git, adding: Adding): Promise<string[]> {
  const { folder, isPersons } = adding;
  const without = [...adding.without, ...(await untracked(git, adding.notNew))];
  const excluded = without.map(toExclusion);
  const changed = await git('ls-files', '-z', '-m', '-o', '--exclude-standard', '--', '.', ...excluded);
  const all = [...new Set(changed.split('\0').filter(Boolean))];
  const keys = isPersons ? [...new Set(all.flatMap((name) => neverKeptPart(name) ?? []))] : [];
  const gits = [...new Set(all.flatMap((name) => gitsPart(name) ?? []))];
  const names = all.filter((name) => gitsPart(name) === null && (!isPersons || neverKeptPart(name) === null));
  if (names.length === 0) return gits;
  const nested = names.filter((name) => name.endsWith('/'));
  const leftOut = await unkeepable(folder, names);
  leftOut.push(...gits);
  const skipped = [...leftOut, ...nested, ...keys].map(toExclusion);
  await git('add', '-A', '--', '.', ...excluded, ...skipped);
  for (const name of nested) leftOut.push(...(await addNested(adding, git, name)));
  return leftOut;
}

// The part of a path that no tree of git may have, with what leads there; null: there is none.
function gitsPart(path: string): string | null {
  const parts = path.split('/');
  const at = parts.findIndex((part) => /^(?:\.git|git~1)$/i.test(part));
  return at === -1 ? null : parts.slice(0, at + 1).join('/');
}

function toExclusion(path: string): string {
  if (!path.includes('\ufffd')) return `:(exclude,top,literal)${path.replace(/\/$/, '')}`;
  // What is no UTF-8 in it is some byte. Git tells a folder by the slash here.
  return `:(exclude,top,glob)${path.replace(/[*?[\\]/g, '\\$&').replaceAll('\ufffd', '?')}`;
}

async function untracked(git: Git, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const known = (await git('ls-files', '-z', '--', ...paths.map((path) => `:(top,literal)${path}`))).split('\0');
  return paths.filter((path) => !known.some((name) => name === path || name.startsWith(`${path}/`)));
}

async function unkeepable(folder: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const file = join(folder, name);
    const about = await lstat(file).catch(() => undefined);
    if (!about?.isFile()) continue;
    const isReadable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (about.size > mostFileBytes || !isReadable) found.push(name);
  }
  return found;
}

const mostNested = 20_000;
const atOnce = 200;

// S1. `name` ends in a slash; its own repository stays where it is.
async function addNested(adding: Adding, git: Git, name: string): Promise<string[]> {
  const { plumbing, folder, draft, isPersons } = adding;
  const inner = join(folder, name);
  if (await isUnnamed(inner)) return [name];
  const empty = `${draft}.${randomUUID()}`;
  const own = plumbing.files(inner, empty);
  const all = (await own('ls-files', '-z', '-o', '--exclude-standard')).split('\0').filter(Boolean);
  const gits = [...new Set(all.flatMap((file) => gitsPart(file) ?? []))];
  const listed = all.filter((file) => gitsPart(file) === null && (!isPersons || neverKeptPart(file) === null));
  const leftOut = [...gits, ...(await unkeepable(inner, listed.slice(0, mostNested)))];
  for (const file of listed.slice(0, mostNested)) if (await isUnnamed(join(inner, file))) leftOut.push(file);
  const files = listed.slice(0, mostNested).filter((file) => !file.endsWith('/') && !leftOut.includes(file));
  for (let from = 0; from < files.length; from += atOnce) {
    const some = files.slice(from, from + atOnce);
    const entries = await hashAll(own, { inner, scratch: empty }, some);
    await git(
      'update-index',
      '--add',
      '--replace',
      ...entries.flatMap(([mode, hash, file]) => ['--cacheinfo', `${mode},${hash},${name}${file}`]),
    );
  }
  for (const deeper of listed.filter((file) => file.endsWith('/') && !leftOut.includes(file))) {
    leftOut.push(...(await addNested({ ...adding, folder: inner }, prefixed(git, name), deeper)));
  }
  return [...leftOut, ...listed.slice(mostNested)].map((file) => `${name}${file}`);
}

// Names that are no UTF-8 come from git as others than they are: here only what can be named is looked at.
async function isUnnamed(path: string): Promise<boolean> {
  if (!path.includes('\ufffd')) return false;
  return lstat(path).then(
    () => false,
    () => true,
  );
}

// Entries of a repository in another one, by their paths in the outer one.
function prefixed(git: Git, prefix: string): Git {
  return (...args) => git(...args.map((arg) => arg.replace(/^(\d{6},[0-9a-f]+,)/, `$1${prefix}`)));
}

async function hashAll(
  git: Git,
  { inner, scratch }: { inner: string; scratch: string },
  files: readonly string[],
): Promise<[mode: string, hash: string, file: string][]> {
  const entries: [string, string, string][] = [];
  const plain: { file: string; mode: string }[] = [];
  for (const file of files) {
    const about = await lstat(join(inner, file));
    if (about.isSymbolicLink()) {
      const text = `${scratch}.link`;
      await writeFile(text, await readlink(join(inner, file), { encoding: 'buffer' }));
      entries.push(['120000', await git('hash-object', '-w', '--no-filters', '--', text), file]);
      await rm(text, { force: true });
    } else plain.push({ file, mode: (about.mode & 0o100) === 0 ? '100644' : '100755' });
  }
  if (plain.length === 0) return entries;
  const paths = plain.map(({ file }) => join(inner, file));
  const hashes = (await git('hash-object', '-w', '--no-filters', '--', ...paths)).split('\n');
  return [...entries, ...plain.map(({ file, mode }, at): [string, string, string] => [mode, hashes[at]!, file])];
}
