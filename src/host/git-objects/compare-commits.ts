import { withBorrowedObjects } from './borrowed-objects.ts';
import { gitIn } from '../git.ts';

/** A file that differs between two commits. Lines are null where it is no text. */
interface ChangedFile {
  path: string;
  added: number | null;
  removed: number | null;
}

/** What differs between two commits. */
export interface Comparison {
  files: ChangedFile[];
  /** As `git diff` has it, of as many of the files as there is room for. */
  patch: string;
  /** There is more than `files` or `patch` say. */
  isShortened: boolean;
}

const timeoutMs = 20_000;
const mostFiles = 500;
const mostLines = 20_000;
const mostPatch = 400_000;
const longestLine = 2_000;

/**
 * Compares two commits of the repository around a folder, by what its objects say and nothing else.
 *
 * @throws Error when git does not have them, or takes too long
 */
export async function compareCommits(folder: string, from: string, to: string): Promise<Comparison> {
  return withBorrowedObjects(folder, { timeoutMs, prefix: 'gaffer-diff-' }, async (own) => {
    const git = gitIn(own, { timeoutMs, env: { GIT_DIR: own } });
    const plain = ['--no-commit-id', '-r', '--no-ext-diff', '--no-textconv', '--no-color'];
    const told = await git('diff-tree', ...plain, '--no-renames', '--numstat', '-z', from, to);
    const files = told.split('\0').flatMap(toFile);
    const shown = withinLines(files.slice(0, mostFiles));
    const names = shown.map(({ path }) => path);
    const patch =
      names.length === 0
        ? ''
        : await git(
            // Names are shown as people write them, and what was moved as moved.
            ...['-c', 'core.quotePath=off', '--literal-pathspecs', 'diff-tree'],
            ...plain,
            '-M',
            '-p',
            '--ignore-submodules=all',
            from,
            to,
            '--',
            ...names,
          );
    const cut = shorten(patch);
    return { files: files.slice(0, mostFiles), patch: cut, isShortened: shown.length < files.length || cut !== patch };
  });
}

function toFile(line: string): ChangedFile[] {
  const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t([^]+)$/.exec(line) ?? [];
  if (path === undefined) return [];
  const count = (text: string | undefined): number | null => (text === '-' ? null : Number(text));
  return [{ path, added: count(added), removed: count(removed) }];
}

function withinLines(files: readonly ChangedFile[]): ChangedFile[] {
  let left = mostLines;
  return files.filter(({ added, removed }) => {
    const lines = (added ?? 0) + (removed ?? 0);
    // One that is too large hides none of those behind it.
    if (lines > left) return false;
    left -= lines;
    return true;
  });
}

function shorten(patch: string): string {
  const text = patch
    .split('\n')
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine).toWellFormed()}…` : line))
    .join('\n');
  if (text.length <= mostPatch) return text;
  let left = mostPatch;
  const isWhole = (file: string): boolean => {
    if (file.length > left) return false;
    left -= file.length;
    return true;
  };
  const files = `${text}\n`.split(/^(?=diff --git )/m);
  const whole = new Set(files.filter(isWhole));
  // What is too large stands behind all that is not, as far as there is room.
  const first = files.find((file) => !whole.has(file)) ?? '';
  return [...whole, first.slice(0, Math.max(0, first.lastIndexOf('\n', left)))].join('');
}
