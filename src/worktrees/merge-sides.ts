import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commitTree, mergeTrees } from './commits.ts';
import type { WorktreePlace } from './place.ts';
import type { Plumbing } from './plumbing.ts';

/** Two commits that come together. `takesTheirs`: files that conflict are as `theirs` has them, or not there; else they have conflict markers. */
export interface BothSides {
  ours: string;
  theirs: string;
  title: string;
  takesTheirs: boolean;
}

/** See `Worktrees.merge`. */
export async function mergeSides(
  plumbing: Plumbing,
  place: WorktreePlace,
  { ours, theirs, title, takesTheirs }: BothSides,
): Promise<{ commit: string; files: string[] }> {
  const merged = await mergeTrees(plumbing, ours, theirs);
  const { files } = merged;
  const isAsMerged = files.length === 0 || !takesTheirs;
  const tree = isAsMerged ? merged.tree : await withFilesOf(plumbing, place, { tree: merged.tree, files, theirs });
  return { commit: await commitTree(plumbing, { tree, parents: [ours, theirs], title }), files };
}

async function withFilesOf(
  plumbing: Plumbing,
  { folder, notes }: WorktreePlace,
  { tree, files, theirs }: { tree: string; files: readonly string[]; theirs: string },
): Promise<string> {
  const index = join(notes, `sides-${randomUUID()}`);
  const git = plumbing.files(folder, index);
  try {
    await git('read-tree', tree);
    await git('update-index', '--force-remove', '--', ...files);
    const said = await git('ls-tree', '-r', '-z', '--full-tree', theirs, '--', ...files);
    const entries = said
      .split('\0')
      .flatMap((line) => /^(\d+) \w+ (\w+)\t([^]+)$/.exec(line)?.slice(1).join(',') ?? []);
    const added = entries.flatMap((entry) => ['--cacheinfo', entry]);
    if (added.length > 0) await git('update-index', '--add', '--replace', ...added);
    return await git('write-tree');
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}
