/*
 * A checkout of the target is somebody's own folder:
 * O1 A file is replaced or removed only if its bytes are those of the commit that the target moves from, looked at themselves: neither
 *    the index' memory of it nor any of its marks (assume-unchanged, skip-worktree) is believed. Ends of lines that git writes otherwise in a
 *    checkout (`eol=crlf`) are the same bytes.
 * O2 What git does not know there, ignored or not, is never written over, and no link or file is gone through as a folder.
 * O3 Git writes index and files, with no configuration but ours: no hook and no filter runs. Where a filter belongs to a file (LFS), the
 *    checkout is left alone.
 * O4 Once more is the same: what is as the new commit has it already, is let be.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { gitIn } from '../../host/git.ts';
import { withCode, type TrainRepository } from './train-repository.ts';

/** A checkout that has the target. */
export interface Checkout {
  folder: string;
  /** Its own git folder, absolute. */
  git: string;
}

/** A file as a commit, an index or a folder has it; null: it is not there. */
type Entry = { mode: string; oid: string } | null;

interface Change {
  path: string;
  before: Entry;
  after: Entry;
}

const shownFiles = 5;
const chunk = 200;
const nothing = /^0+$/;
const fileModes = new Set(['100644', '100755']);
const timeoutMs = 120_000;

/** The checkouts that have a branch, as far as they are there. @throws Error of git */
export async function checkoutsOf({ refs, common }: TrainRepository, ref: string): Promise<Checkout[]> {
  const listed = (await refs('worktree', 'list', '--porcelain', '-z')).split('\0\0');
  const folders = listed.flatMap((entry) => {
    const lines = entry.split('\0');
    const folder = lines.find((line) => line.startsWith('worktree '))?.slice('worktree '.length);
    return folder !== undefined && lines.includes(`branch ${ref}`) && existsSync(folder) ? [folder] : [];
  });
  const found = await Promise.all(
    folders.map(async (folder): Promise<Checkout[]> => {
      const told = await gitIn(folder, { timeoutMs })(
        'rev-parse',
        '--path-format=absolute',
        '--git-dir',
        '--git-common-dir',
      );
      const [git = '', shared] = told.split('\n');
      // A folder that leads into another repository by now is none of this one.
      return shared === common ? [{ folder, git }] : [];
    }),
  );
  return found.flat();
}

/** Why a checkout cannot go from one commit to another without a loss, in words; null: it can. @throws Error of git */
export async function checkoutProblem(
  repository: TrainRepository,
  checkout: Checkout,
  { from, to }: { from: string; to: string },
): Promise<string | null> {
  const busy = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply', 'index.lock'];
  const doing = busy.find((name) => existsSync(path.join(checkout.git, name)));
  if (doing !== undefined) return `git is at work there (${doing})`;
  if (repository.settings.get('core.sparsecheckout') === 'true') return 'it is a sparse checkout';
  const changes = await changesBetween(repository, from, to);
  const foreign = changes.filter(({ path: file }) => !isPlainPath(file)).map(({ path: file }) => file);
  if (foreign.length > 0) return `there are names of files that cannot be written: ${named(foreign)}`;
  const filtered = await filteredFiles(repository, checkout, changes);
  if (filtered.length > 0) return `a filter belongs to ${named(filtered)}`;
  const index = await indexOf(repository, checkout);
  if (index === null) return 'its index has conflicts, or cannot be read';
  const inTheWay: string[] = [];
  for (const change of changes)
    if (!(await isFree(repository, checkout, { change, index }))) inTheWay.push(change.path);
  return inTheWay.length > 0 ? `there is work that is not committed, or unknown to git, in ${named(inTheWay)}` : null;
}

/** Whether the index of a checkout has something still as the first of two commits has it, and not as the second. @throws Error of git */
export async function isBehind(
  repository: TrainRepository,
  checkout: Checkout,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const index = await indexOf(repository, checkout);
  if (index === null) return true;
  const changes = await changesBetween(repository, from, to);
  return changes.some(({ path: file, before, after }) => {
    const known = index.get(file) ?? null;
    return isSame(known, before) && !isSame(known, after);
  });
}

/** Moves index and files of a checkout that has no problem (O1 to O4). @throws Error of git, when something came in its way meanwhile */
export async function moveCheckout(
  repository: TrainRepository,
  checkout: Checkout,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const git = gitOf(repository, checkout);
  const index = (await indexOf(repository, checkout)) ?? new Map<string, Entry>();
  const changes = await changesBetween(repository, from, to);
  const settled: Change[] = [];
  for (const change of changes) {
    const { path: file, after } = change;
    const isNew = isSame(await entryOf(repository, path.join(checkout.folder, file)), after);
    if (isNew && !isSame(index.get(file) ?? null, after)) settled.push(change);
  }
  for (const some of chunksOf(settled)) {
    const added = some.flatMap(({ path: file, after }) =>
      after ? ['--cacheinfo', `${after.mode},${after.oid},${file}`] : [],
    );
    if (added.length > 0) await git('update-index', '--add', '--replace', ...added);
    const gone = some.flatMap(({ path: file, after }) => (after ? [] : [file]));
    if (gone.length > 0) await git('update-index', '--force-remove', '--', ...gone);
  }
  await withCode(git, [1], 'update-index', '-q', '--really-refresh');
  await git('read-tree', '-m', '-u', from, to);
}

/** Git on the index and the files of a checkout, with our own configuration (O3). */
function gitOf({ objects }: TrainRepository, { folder, git }: Checkout) {
  return objects({ GIT_INDEX_FILE: path.join(git, 'index'), GIT_WORK_TREE: folder });
}

async function changesBetween({ objects }: TrainRepository, from: string, to: string): Promise<Change[]> {
  const told = await objects()('diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', from, to);
  const parts = told.split('\0');
  const changes: Change[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, modeBefore, modeAfter, before, after] = /^:(\d+) (\d+) (\w+) (\w+) /.exec(parts[at]!) ?? [];
    if (before === undefined) throw new Error(`git names a change that is none: ${parts[at]}`);
    const toEntry = (mode: string, oid: string): Entry => (nothing.test(oid) ? null : { mode, oid });
    changes.push({ path: parts[at + 1]!, before: toEntry(modeBefore!, before), after: toEntry(modeAfter!, after!) });
  }
  return changes;
}

// A name that was no UTF-8 cannot be told from others.
function isPlainPath(file: string): boolean {
  return file !== '' && !file.includes('�') && !path.isAbsolute(file) && !file.split('/').includes('..');
}

async function filteredFiles(
  repository: TrainRepository,
  checkout: Checkout,
  changes: readonly Change[],
): Promise<string[]> {
  const git = gitOf(repository, checkout);
  const found: string[] = [];
  for (const some of chunksOf(changes)) {
    const told = (await git('check-attr', '-z', 'filter', '--', ...some.map(({ path: file }) => file))).split('\0');
    for (let at = 0; at + 2 < told.length; at += 3)
      if (!['unspecified', 'unset'].includes(told[at + 2]!)) found.push(told[at]!);
  }
  return found;
}

async function indexOf(repository: TrainRepository, checkout: Checkout): Promise<Map<string, Entry> | null> {
  const listed = await gitOf(repository, checkout)('ls-files', '--stage', '-z').catch(() => null);
  if (listed === null) return null;
  const index = new Map<string, Entry>();
  for (const line of listed.split('\0').filter((each) => each !== '')) {
    const [, mode, oid, stage, file] = /^(\d+) (\w+) (\d)\t([^]+)$/.exec(line) ?? [];
    if (file === undefined || stage !== '0') return null;
    index.set(file, { mode: mode!, oid: oid! });
  }
  return index;
}

// Whether a file is as one of the two commits has it, in the index and in the folder, and nothing else stands in its way (O1, O2).
async function isFree(
  repository: TrainRepository,
  checkout: Checkout,
  { change: { path: file, before, after }, index }: { change: Change; index: ReadonlyMap<string, Entry> },
): Promise<boolean> {
  const { folder } = checkout;
  const known = index.get(file) ?? null;
  if (!isSame(known, before) && !isSame(known, after)) return false;
  // What cannot be there is gone already.
  if (!(await isReached(folder, file))) return after === null;
  if (isSubmodule(before) && (after === null || isSubmodule(after))) return true;
  const there = await entryOf(repository, path.join(folder, file));
  if (isSame(there, before) || isSame(there, after)) return true;
  if (there === null || !fileModes.has(there.mode)) return false;
  const kept = { mode: there.mode, oid: await cleanId(repository, checkout, file) };
  return isSame(kept, before) || isSame(kept, after);
}

// As git would keep it, ends of lines in its own way. No filter belongs to it, and our configuration has none.
async function cleanId({ objects }: TrainRepository, { folder, git }: Checkout, file: string): Promise<string> {
  const env = { GIT_INDEX_FILE: path.join(git, 'index'), GIT_WORK_TREE: folder };
  return objects(env, folder)('hash-object', '--', file);
}

// Whether all that the name goes through are folders, or are not there.
async function isReached(folder: string, file: string): Promise<boolean> {
  const parts = file.split('/').slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth++) {
    const found = await lstat(path.join(folder, ...parts.slice(0, depth))).catch(() => null);
    if (found === null) return true;
    if (!found.isDirectory()) return false;
  }
  return true;
}

/** A file as it is in a folder; what is neither file nor link is an entry like no other. */
async function entryOf(repository: TrainRepository, file: string): Promise<Entry> {
  const found = await lstat(file).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  });
  if (found === null) return null;
  if (found.isSymbolicLink())
    return { mode: '120000', oid: blobId(repository, await readlink(file, { encoding: 'buffer' })) };
  if (!found.isFile()) return { mode: 'other', oid: '' };
  const isProgram = (found.mode & 0o100) !== 0 && repository.settings.get('core.filemode') !== 'false';
  return { mode: isProgram ? '100755' : '100644', oid: blobId(repository, await readFile(file)) };
}

// As git names content that no filter went over.
function blobId({ format }: TrainRepository, content: Buffer): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex');
}

function isSubmodule(entry: Entry): boolean {
  return entry?.mode === '160000';
}

function isSame(one: Entry, other: Entry): boolean {
  return one === other || (one !== null && other !== null && one.mode === other.mode && one.oid === other.oid);
}

function chunksOf<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / chunk) }, (_, at) => items.slice(at * chunk, (at + 1) * chunk));
}

function named(files: readonly string[]): string {
  const more = files.length - shownFiles;
  return `${files.slice(0, shownFiles).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
