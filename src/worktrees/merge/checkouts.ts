/*
 * A checkout of the target is somebody's own folder:
 * O1 A file is replaced or removed only if its bytes are those of the commit that the target moves from, looked at themselves: neither
 *    the index' memory of it nor any of its marks (assume-unchanged, skip-worktree) is believed. Ends of lines that git writes otherwise in a
 *    checkout (`eol=crlf`) are the same bytes.
 * O2 What git does not know there, ignored or not, is never written over, and no link or file is gone through as a folder.
 *    What leaves its place to something of another kind, a file to a folder or the reverse, leaves it whole: the files in such a folder are
 *    all known, and leave it, too.
 * O3 Git writes index and files, with no configuration but ours: no hook and no filter runs. Where a filter belongs to a file (LFS), the
 *    checkout is left alone.
 * O4 Once more is the same: what is as the new commit has it already, is let be.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { gitIn } from '../../host/git.ts';
import {
  changesBetween,
  checkoutGit,
  cleanId,
  holdsOnly,
  indexOf,
  isFolder,
  isSame,
  parentsOf,
  shownName,
  standingAt,
  type Change,
  type Checkout,
  type Entry,
} from './checkout-files.ts';
import { withCode, type TrainRepository } from './train-repository.ts';

/** Why a checkout cannot go along. `files`: which it is about, names as bytes; null: none of them in particular. */
export interface Problem {
  words: string;
  files: string[] | null;
}

/** Two commits and what their difference means to a checkout. */
interface Step {
  changes: ReadonlyMap<string, Change>;
  index: ReadonlyMap<string, Entry>;
  /** Folders that the index has files in which stay. */
  kept: ReadonlySet<string>;
}

const shownFiles = 5;
const fileModes = new Set(['100644', '100755']);
const timeoutMs = 120_000;
/** Has git take files into an index, as it is told by its input. */
const intoIndex = ['update-index', '-z', '--index-info'];

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

/** Why a checkout cannot go from one commit to another without a loss; null: it can. @throws Error of git */
export async function checkoutProblem(
  repository: TrainRepository,
  checkout: Checkout,
  { from, to }: { from: string; to: string },
): Promise<Problem | null> {
  const busy = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply', 'index.lock'];
  const doing = busy.find((name) => existsSync(path.join(checkout.git, name)));
  if (doing !== undefined) return { words: `git is at work there (${doing})`, files: null };
  if (repository.settings.get('core.sparsecheckout') === 'true')
    return { words: 'it is a sparse checkout', files: null };
  const changes = await changesBetween(repository, from, to);
  const foreign = changes.filter(({ name }) => !isPlainName(name)).map(({ name }) => name);
  if (foreign.length > 0) return { words: 'there are names of files that cannot be written:', files: foreign };
  const filtered = await filteredFiles(repository, checkout, changes);
  if (filtered.length > 0) return { words: 'a filter belongs to', files: filtered };
  const index = await indexOf(repository, checkout);
  if (index === null) return { words: 'its index has conflicts, or cannot be read', files: null };
  const inTheWay: string[] = [];
  const step = stepOf(changes, index);
  for (const change of changes) if (!(await isFree(repository, checkout, { change, step }))) inTheWay.push(change.name);
  if (inTheWay.length === 0) return null;
  return { words: 'there is work that is not committed, or unknown to git, in', files: inTheWay };
}

/** A problem in words; `files`: some of those that it is about. */
export function problemWords({ words, files: all }: Problem, files = all): string {
  return files === null ? words : `${words} ${named(files)}`;
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
  return changes.some(({ name, before, after }) => {
    const known = index.get(name) ?? null;
    return isSame(known, before) && !isSame(known, after);
  });
}

/** Moves index and files of a checkout that has no problem (O1 to O4). @throws Error of git, when something came in its way meanwhile */
export async function moveCheckout(
  repository: TrainRepository,
  checkout: Checkout,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const git = checkoutGit(repository, checkout);
  const index = (await indexOf(repository, checkout)) ?? new Map<string, Entry>();
  const settled: string[] = [];
  for (const { name, after } of await changesBetween(repository, from, to)) {
    const { entry } = await standingAt(repository, checkout.folder, name);
    const isNew = isSame(isFolder(entry) ? null : entry, after);
    if (!isNew || isSame(index.get(name) ?? null, after)) continue;
    settled.push(`${after?.mode ?? '0'} ${after?.oid ?? '0'.repeat(from.length)}\t${name}\0`);
  }
  if (settled.length > 0) await checkoutGit(repository, checkout, settled.join(''))(...intoIndex);
  await withCode(git, [1], 'update-index', '-q', '--really-refresh');
  await git('read-tree', '-m', '-u', await withSettled(repository, from, settled), to);
}

// Git would take what is settled for something unknown, where it is of another kind than before.
async function withSettled(repository: TrainRepository, from: string, settled: readonly string[]): Promise<string> {
  if (settled.length === 0) return from;
  const env = { GIT_INDEX_FILE: path.join(repository.scratch, 'settled') };
  const git = repository.objects(env, undefined, { input: settled.join('') });
  await git('read-tree', from);
  await git(...intoIndex);
  return git('write-tree');
}

function isPlainName(name: string): boolean {
  return name !== '' && !name.startsWith('/') && !name.split('/').includes('..');
}

async function filteredFiles(
  repository: TrainRepository,
  checkout: Checkout,
  changes: readonly Change[],
): Promise<string[]> {
  if (changes.length === 0) return [];
  const names = changes.map(({ name }) => `${name}\0`).join('');
  const git = checkoutGit(repository, checkout, names);
  const told = (await git('check-attr', '-z', '--stdin', 'filter')).split('\0');
  const found: string[] = [];
  for (let at = 0; at + 2 < told.length; at += 3)
    if (!['unspecified', 'unset'].includes(told[at + 2]!)) found.push(told[at]!);
  return found;
}

function stepOf(changes: readonly Change[], index: ReadonlyMap<string, Entry>): Step {
  const byName = new Map(changes.map((change) => [change.name, change]));
  const kept = new Set<string>();
  for (const name of index.keys())
    if (byName.get(name)?.after !== null) for (const parent of parentsOf(name)) kept.add(parent);
  return { changes: byName, index, kept };
}

// Whether a file is as one of the two commits has it, in the index and in the folder, and nothing else stands in its way (O1, O2).
async function isFree(
  repository: TrainRepository,
  checkout: Checkout,
  { change: { name, before, after }, step }: { change: Change; step: Step },
): Promise<boolean> {
  const { folder } = checkout;
  const known = step.index.get(name) ?? null;
  if (!isSame(known, before) && !isSame(known, after)) return false;
  if (after !== null && !hasRoom(step, name)) return false;
  const { entry: there, blocker } = await standingAt(repository, folder, name);
  // What cannot be there is gone already; what is to be there comes when its blocker leaves.
  if (blocker !== null) return after === null || leaves(step, blocker);
  if (isSubmodule(before) && (after === null || isSubmodule(after))) return true;
  if (isFolder(there)) {
    if (after === null) return true;
    return before === null && (await holdsOnly(folder, name, (file) => leaves(step, file)));
  }
  if (isSame(there, before) || isSame(there, after)) return true;
  if (there === null || !fileModes.has(there.mode)) return false;
  const clean = { mode: there.mode, oid: await cleanId(repository, checkout, name) };
  return isSame(clean, before) || isSame(clean, after);
}

// Whether the index has neither a file where a folder of the name is to be, nor files that stay in a folder of that name.
function hasRoom(step: Step, name: string): boolean {
  if (step.kept.has(name)) return false;
  return parentsOf(name).every((parent) => !step.index.has(parent) || leaves(step, parent));
}

// Whether a file was known before and is no more. That it is as it was known is looked at where it is its turn.
function leaves({ changes }: Step, name: string): boolean {
  const change = changes.get(name);
  return change !== undefined && change.after === null;
}

function isSubmodule(entry: Entry): boolean {
  return entry?.mode === '160000';
}

function named(names: readonly string[]): string {
  const more = names.length - shownFiles;
  return `${names.slice(0, shownFiles).map(shownName).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
