/*
 * R1 A ref that keeps work of somebody keeps it for good: what does not go on from that gets the next name.
 * R2 A ref is moved from what it was seen at, never by force.
 * R3 What no ref has yet anybody may prune (`git gc --prune=now`) while it is made. So it is looked at once the ref is there, and made again where
 *    some of it is gone; only what a `git prune` had listed before that moment can still be lost.
 */
import { isWithin } from './commits.ts';
import type { Plumbing } from './plumbing.ts';

/** Keeps a commit under a ref, or under the first of `REF@2`, `REF@3` … that has nothing else (R1). @returns the ref that has it */
export async function keepCommit(plumbing: Plumbing, ref: string, commit: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? ref : `${ref}@${n}`;
    const old = await commitOf(plumbing, name);
    if (old !== '' && (await isWithin(plumbing, commit, old))) return name;
    if (old !== '' && !(await isWithin(plumbing, old, commit))) continue;
    await plumbing.refs('update-ref', '--no-deref', name, commit, old); // R2
    return name;
  }
}

/** Has a branch stand at a commit. What somebody did on it that the commit does not go on from is kept first, as {@link keepCommit} does. */
export async function moveBranch(
  plumbing: Plumbing,
  { branch, commit, keep }: { branch: string; commit: string; keep: string },
): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const old = await commitOf(plumbing, ref);
  if (old !== '' && !(await isWithin(plumbing, old, commit))) await keepCommit(plumbing, keep, old);
  await plumbing.refs('update-ref', '--no-deref', ref, commit, old); // R2
}

/** Has a ref keep a commit and all that it has more than another one (R3). @throws Error of git, when some of it is gone */
export async function keepWhole(
  { refs, objects }: Plumbing,
  ref: string,
  { commit, on }: { commit: string; on: string },
): Promise<void> {
  await refs('update-ref', '--no-deref', ref, commit);
  try {
    await objects('rev-list', '--objects', '--quiet', commit, `^${on}`);
  } catch (error) {
    await refs('update-ref', '--no-deref', '-d', ref, commit);
    throw error;
  }
}

// '': there is no such ref, as `update-ref` means it, too.
function commitOf({ refs }: Plumbing, ref: string): Promise<string> {
  return refs('for-each-ref', '--format=%(objectname)', ref);
}
