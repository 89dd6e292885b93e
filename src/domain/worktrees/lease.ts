/*
 * What a task may write in a worktree of its own (its lease), as its `files_scope` says:
 * L1 The kernel keeps folders: a glob is cut to the folders before its first wildcard, and a single file to the folder that it stands in.
 * L2 What is narrower than a folder is looked at when the work is sealed. Where nothing narrower than the whole folder is left, that is all.
 * L3 A doubt counts as "may": a wrong "no" would cost somebody's work, and no two tasks whose scopes can meet run at once.
 */
import { overlapOf, toFileScope } from '../plan/glob-overlap.ts';

/**
 * Folders that globs can name something in, from the workspace down, none within another; null: all of it.
 *
 * @param isFile whether a path stands for a file now, as no glob says that of itself
 */
export function leaseFolders(globs: readonly string[], isFile: (path: string) => boolean): string[] | null {
  const folders = new Set<string>();
  for (const glob of globs) {
    for (const one of withoutBraces(glob)) {
      const folder = fixedFolder(one, isFile);
      if (folder === null) return null;
      folders.add(folder);
    }
  }
  const all = [...folders].toSorted();
  return all.length === 0
    ? null
    : all.filter((folder) => !all.some((outer) => outer !== folder && `${folder}/`.startsWith(`${outer}/`)));
}

/** Those of some changed files, by their paths from the workspace down, that no glob names (L2). */
export function outsideScope(globs: readonly string[], files: readonly string[]): string[] {
  if (globs.length === 0) return [];
  const scope = toFileScope(globs);
  return files.filter((file) => overlapOf(scope, toFileScope([asLiteral(file)])) === null);
}

// A sign that means something in a glob becomes one that only a wildcard meets.
function asLiteral(file: string): string {
  return file.replace(/[*?[\]{}()\\!]|\$\{\{/g, '\u{E000}');
}

function withoutBraces(glob: string): string[] {
  const match = /\{([^{}]*)\}/.exec(glob);
  if (!match) return [glob];
  const [before, after] = [glob.slice(0, match.index), glob.slice(match.index + match[0].length)];
  // What has more of them than anybody writes is cut before the first one.
  if (/\{/.test(after)) return [`${before}*`];
  return match[1]!.split(',').map((choice) => before + choice + after);
}

function fixedFolder(glob: string, isFile: (path: string) => boolean): string | null {
  const parts = glob.split('/').filter((part) => part !== '' && part !== '.');
  if (glob.startsWith('/') || parts.includes('..')) return null;
  const wild = parts.findIndex((part) => /[*?[\]{}()\\!]|\$\{\{/.test(part));
  const fixed = wild === -1 ? parts : parts.slice(0, wild);
  const isSingle = wild === -1 && (isFile(fixed.join('/')) || fileName.test(fixed.at(-1) ?? ''));
  const folder = isSingle ? fixed.slice(0, -1) : fixed;
  return folder.length === 0 ? null : folder.join('/');
}

// One that is not there yet: a name with an ending is a file's.
const fileName = /[^.]\.[A-Za-z0-9]{1,8}$/;
