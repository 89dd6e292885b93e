import { toBranchName } from '../../domain/merge/branch-name.ts';
import type { Git } from '../../host/git.ts';
import type { Checkout } from './checkout-files.ts';
import { checkoutProblem, checkoutsOf, isBehind, moveCheckout, problemWords, type Problem } from './checkouts.ts';
import { withCode, type TrainRepository } from './train-repository.ts';

/** A target branch and where it stands; `isNew`: there is none of that name yet, and `commit` is where it would begin. */
export interface Target {
  branch: string;
  commit: string;
  isNew: boolean;
}

/**
 * What came of moving a target. `left`: checkouts that could not be moved with it at the last moment, and what to do. `problem`: of the checkout
 * in `folder`.
 */
export type Moved =
  | { kind: 'landed'; left: string[] }
  | { kind: 'moved' }
  | { kind: 'held'; reason: string; folder: string; problem: Problem };

const headsFolder = 'refs/heads/';
const ourWord = 'gaffer: merged';

/** Where branches stand, by their names without `refs/heads/`. @throws Error of git */
export async function headsOf({ refs }: TrainRepository, names: readonly string[]): Promise<Map<string, string>> {
  const patterns = names.map((name) => headsFolder + name);
  const listed = await refs('for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', ...patterns);
  return new Map(
    listed.split('\n').map((line): [string, string] => {
      const space = line.indexOf(' ');
      return [line.slice(space + 1), line.slice(0, space)];
    }),
  );
}

/** Whether a target can be called so: names like `-` and `@{-1}` mean another one. */
export function isTargetName(branch: string): boolean {
  return toBranchName(branch) === branch;
}

/**
 * Where a branch stands; one that is not there begins where the folder's HEAD is.
 *
 * @param heads where branches stand, it among them
 * @returns words, where it can be none
 * @throws Error of git
 */
export async function findTarget(
  repository: TrainRepository,
  branch: string,
  heads: ReadonlyMap<string, string>,
): Promise<Target | string> {
  const there = heads.get(branch);
  if (there !== undefined) return { branch, commit: there, isNew: false };
  const head = await commitOf(repository.refs, 'HEAD');
  return head === null ? 'the repository has no commit' : { branch, commit: head, isNew: true };
}

/**
 * Moves a target branch from one commit to another, by compare-and-swap, and its checkouts with it.
 *
 * Where a checkout has work in the way of that, nothing moves at all. Done once more it changes nothing, but for checkouts that did not get
 * their turn when whoever did it first was killed.
 *
 * @throws Error of git
 */
export async function moveTarget(
  repository: TrainRepository,
  { branch, commit: from, isNew }: Target,
  to: string,
): Promise<Moved> {
  const ref = headsFolder + branch;
  const step = { from, to };
  const checkouts = await checkoutsOf(repository, ref);
  // Whoever moved it was killed then: what is in the way now came after it.
  if ((await commitOf(repository.refs, ref)) === to)
    return { kind: 'landed', left: await takeAlong(repository, checkouts, step) };
  for (const checkout of checkouts) {
    const problem = await checkoutProblem(repository, checkout, step);
    if (problem === null) continue;
    const { folder } = checkout;
    return { kind: 'held', reason: inTheWay(branch, folder, problemWords(problem)), folder, problem };
  }
  if (!(await swap(repository, ref, isNew ? { from: '0'.repeat(from.length), to } : step))) return { kind: 'moved' };
  const left: string[] = [];
  for (const checkout of checkouts) {
    const failed = await moveCheckout(repository, checkout, step).catch((error: unknown) => wordsOf(error));
    if (typeof failed === 'string') left.push(behind(checkout.folder, { ...step, failed }));
  }
  return { kind: 'landed', left };
}

/**
 * Takes the checkouts along of a target that was moved by us last, where whoever did it was killed before.
 *
 * @returns those that could not be, and what to do
 * @throws Error of git
 */
export async function catchUp(repository: TrainRepository, branch: string): Promise<string[]> {
  const ref = headsFolder + branch;
  const { code, out } = await withCode(repository.refs, [1, 128], 'reflog', 'show', '-n', '2', '--format=%H %gs', ref);
  const [last = '', before = ''] = code === 0 ? out.split('\n') : [];
  const [to, from] = [last, before].map((line) => line.slice(0, line.indexOf(' ')));
  if (!last.endsWith(` ${ourWord}`) || !from || !to || (await commitOf(repository.refs, ref)) !== to) return [];
  return takeAlong(repository, await checkoutsOf(repository, ref), { from, to });
}

// @returns checkouts that stay behind, and what to do
async function takeAlong(
  repository: TrainRepository,
  checkouts: readonly Checkout[],
  step: { from: string; to: string },
): Promise<string[]> {
  const left: string[] = [];
  for (const checkout of checkouts) {
    if (!(await isBehind(repository, checkout, step))) continue;
    const problem = await checkoutProblem(repository, checkout, step);
    const failed = problem
      ? problemWords(problem)
      : await moveCheckout(repository, checkout, step).catch((error: unknown) => wordsOf(error));
    if (typeof failed === 'string') left.push(behind(checkout.folder, { ...step, failed }));
  }
  return left;
}

// @returns whether it stands there now; false: it was not where we thought
async function swap(
  { refs }: TrainRepository,
  ref: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  try {
    await refs('update-ref', '--create-reflog', '-m', ourWord, ref, to, from);
    return true;
  } catch (error) {
    const now = await commitOf(refs, ref);
    if (now === to) return true;
    // It stands where we thought: something else went wrong.
    if (now === from) throw error;
    return false;
  }
}

async function commitOf(refs: Git, name: string): Promise<string | null> {
  const { code, out } = await withCode(refs, [1], 'rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  return code === 0 ? out.trim() : null;
}

/** What holds a branch back in a checkout of it, and what to do. */
export function inTheWay(branch: string, folder: string, problem: string): string {
  return `${branch} is checked out in ${folder}, and ${problem}: commit or put it aside there, then merge again`;
}

function behind(folder: string, { from, to, failed }: { from: string; to: string; failed: string }): string {
  return `${folder} is behind its branch (${failed}): look at what is there, then \`git read-tree -m -u ${from} ${to}\` in it`;
}

function wordsOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? message).trim().split('\n').slice(-1)[0]!.slice(0, 300);
}
