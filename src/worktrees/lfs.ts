import type { Plumbing } from './plumbing.ts';
import { readNote, type WorktreePlace } from './place.ts';

const pointerStart = 'version https://git-lfs.github.com/spec/';
const longestPointer = 1024;

/** Those of some files that Git LFS keeps, as the worktree's attributes say, and that are no pointers in a commit: git would keep them whole. */
export async function withoutPointer(
  { objects, refs }: Plumbing,
  place: WorktreePlace,
  { commit, files }: { commit: string; files: readonly string[] },
): Promise<string[]> {
  const { admin } = readNote(place) ?? {};
  if (admin === undefined || files.length === 0) return [];
  // In the repository's own git folder, whose `info/attributes` count; asking runs no program.
  const said = await refs(
    `--git-dir=${admin}`,
    `--work-tree=${place.folder}`,
    'check-attr',
    '-z',
    'filter',
    '--',
    ...files,
  );
  const parts = said.split('\0');
  const kept = files.filter((_, at) => parts[at * 3 + 2] === 'lfs');
  const found: string[] = [];
  for (const file of kept) {
    const size = await objects('cat-file', '-s', `${commit}:${file}`).catch(() => null);
    if (size === null) continue;
    const isPointer =
      Number(size) <= longestPointer &&
      (await objects('cat-file', 'blob', `${commit}:${file}`)).startsWith(pointerStart);
    if (!isPointer) found.push(file);
  }
  return found;
}
