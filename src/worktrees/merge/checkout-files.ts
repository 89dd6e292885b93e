/*
 * What commits, an index and a folder say of files. A name is bytes, of which git and file systems take nearly any: here each byte is one
 * character, and only `shownName` makes words of it.
 */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { TrainRepository } from './train-repository.ts';

/** A checkout that has the target. */
export interface Checkout {
  folder: string;
  /** Its own git folder, absolute. */
  git: string;
}

/** A file as a commit, an index or a folder has it; null: it is not there. */
export type Entry = { mode: string; oid: string } | null;

/** A file that two commits have otherwise. */
export interface Change {
  /** From the top of the working tree down. */
  name: string;
  before: Entry;
  after: Entry;
}

/** What stands where a file belongs. `blocker`: the first on the way there that is no folder, by its name; then nothing can be there. */
export interface Standing {
  entry: Entry;
  blocker: string | null;
}

const nothing = /^0+$/;
/** Modes of {@link Entry} that git has none of: a folder, and what is neither file nor link. */
const folderMode = 'folder';
const otherMode = 'other';

/** Git on the index and the files of a checkout, with our own configuration; names are bytes. `input`: what it reads. */
export function checkoutGit({ objects }: TrainRepository, { folder, git }: Checkout, input = '') {
  return objects({ GIT_INDEX_FILE: path.join(git, 'index'), GIT_WORK_TREE: folder }, folder, { input });
}

/** Files that differ between two commits. @throws Error of git */
export async function changesBetween({ objects }: TrainRepository, from: string, to: string): Promise<Change[]> {
  const git = objects({}, undefined, { input: '' });
  const parts = (await git('diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', from, to)).split('\0');
  const changes: Change[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, modeBefore, modeAfter, before, after] = /^:(\d+) (\d+) (\w+) (\w+) /.exec(parts[at]!) ?? [];
    if (before === undefined) throw new Error(`git names a change that is none: ${parts[at]}`);
    const toEntry = (mode: string, oid: string): Entry => (nothing.test(oid) ? null : { mode, oid });
    changes.push({ name: parts[at + 1]!, before: toEntry(modeBefore!, before), after: toEntry(modeAfter!, after!) });
  }
  return changes;
}

/** The index of a checkout; null: it has conflicts, or cannot be read. */
export async function indexOf(repository: TrainRepository, checkout: Checkout): Promise<Map<string, Entry> | null> {
  const listed = await checkoutGit(repository, checkout)('ls-files', '--stage', '-z').catch(() => null);
  if (listed === null) return null;
  const index = new Map<string, Entry>();
  for (const line of listed.split('\0').filter((each) => each !== '')) {
    const [, mode, oid, stage, name] = /^(\d+) (\w+) (\d)\t([^]+)$/.exec(line) ?? [];
    if (name === undefined || stage !== '0') return null;
    index.set(name, { mode: mode!, oid: oid! });
  }
  return index;
}

/** What stands in a folder where a file belongs. No link is gone through. */
export async function standingAt(repository: TrainRepository, folder: string, name: string): Promise<Standing> {
  for (const parent of parentsOf(name)) {
    const found = await lookAt(fileAt(folder, parent));
    if (found === null) return { entry: null, blocker: null };
    if (!found.isDirectory()) return { entry: null, blocker: parent };
  }
  return { entry: await entryOf(repository, fileAt(folder, name)), blocker: null };
}

async function entryOf(repository: TrainRepository, file: Buffer): Promise<Entry> {
  const found = await lookAt(file);
  if (found === null) return null;
  if (found.isDirectory()) return { mode: folderMode, oid: '' };
  if (found.isSymbolicLink())
    return { mode: '120000', oid: blobId(repository, await readlink(file, { encoding: 'buffer' })) };
  if (!found.isFile()) return { mode: otherMode, oid: '' };
  const isProgram = (found.mode & 0o100) !== 0 && repository.settings.get('core.filemode') !== 'false';
  return { mode: isProgram ? '100755' : '100644', oid: blobId(repository, await readFile(file)) };
}

/** Whether all that is in a folder are files that a condition holds for, and folders of such: an empty one somebody made. */
export async function holdsOnly(root: string, name: string, may: (file: string) => boolean): Promise<boolean> {
  const entries = await readdir(fileAt(root, name), { withFileTypes: true, encoding: 'buffer' });
  if (entries.length === 0) return false;
  for (const entry of entries) {
    const file = `${name}/${entry.name.toString('latin1')}`;
    const isFine = entry.isDirectory() ? await holdsOnly(root, file, may) : may(file);
    if (!isFine) return false;
  }
  return true;
}

/** As git would keep a file, ends of lines in its own way. No filter belongs to it, and our configuration has none. @throws Error of git */
export async function cleanId(repository: TrainRepository, checkout: Checkout, name: string): Promise<string> {
  return checkoutGit(repository, checkout, `${quoted(name)}\n`)('hash-object', '--stdin-paths');
}

/** The folders on the way to a file, from the top. */
export function parentsOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

export function isFolder(entry: Entry): boolean {
  return entry?.mode === folderMode;
}

export function isSame(one: Entry, other: Entry): boolean {
  return one === other || (one !== null && other !== null && one.mode === other.mode && one.oid === other.oid);
}

/** A name in words: what is no text in it cannot be read. */
export function shownName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

async function lookAt(file: Buffer) {
  return lstat(file).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  });
}

function fileAt(folder: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
}

// As git reads names that a line cannot hold as they are.
function quoted(name: string): string {
  const escaped = name.replace(/[^ !#-[\]-~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `"${escaped}"`;
}

// As git names content that no filter went over.
function blobId({ format }: TrainRepository, content: Buffer): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex');
}
