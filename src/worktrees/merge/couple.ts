/*
 * C1 What is made depends on the target and the branches alone: made again, it is the same commits. So whoever dies meanwhile leaves
 *    nothing that anybody has to find.
 * C2 No worktree, no index and no ref is touched; whoever takes a step with what was made keeps it under a ref first.
 * C3 A run may begin with work that nobody has committed. It is in its branches, and goes into no target: of those, what their tasks
 *    changed is brought in, and not where they began.
 * C4 What a branch began from comes with it, or is there before: where the target does not have all of that, its changes count from where the
 *    run began.
 */
import type { Git } from '../../host/git.ts';
import { markedFiles } from '../marked-files.ts';
import { readHunks } from './hunks.ts';
import { withCode, type TrainRepository } from './train-repository.ts';

/** A branch that is to be merged: its newest commit, the one that its task began from, and what the merge is called. */
export interface Carriage {
  taskId: string;
  /** Without `refs/heads/`. */
  branch: string;
  commit: string;
  start: string;
  title: string;
  /** Files in which it was to take conflict markers out. */
  unmarked: readonly string[];
}

/** A branch that is merged into everything before it. `commit`: that merge; `along`: others that it began from, and brings (C4). */
interface Coupled {
  taskId: string;
  commit: string;
  along?: string[];
}

/** The newest commit of a task's branch, and whether its work is in the target. */
export interface KnownHead {
  taskId: string;
  head: string;
  isIn: boolean;
}

/** A branch that cannot be merged into what is there. */
interface MergeConflict {
  taskId: string;
  files: string[];
  /** The files' conflicting parts with both sides, as far as there is room. */
  hunks: string;
  /** Of these files what stood in the checkout when the run began and is in no target (C3), as a diff; left out: nothing. */
  loose?: string;
  /** A merge of both sides with the conflicts marked in its files: whoever settles them begins there. */
  marked: string;
  /** It was merged already, and what is in the way are markers that were left in the files. */
  isUnsettled?: true;
}

/** What becomes of branches when they are merged into a target one after the other. */
export interface Coupling {
  /** The target's commit. */
  base: string;
  chain: Coupled[];
  /** Branches whose work the target has already. */
  within: string[];
  conflicts: MergeConflict[];
}

const mostFiles = 50;
/** So much of a diff is told, in characters. */
const mostLoose = 10_000;

/**
 * Merges branches into a commit, one after the other, each as far as it goes without a conflict. `begun`: what the run began from (C3);
 * `heads`: of all branches of the run.
 *
 * @throws Error of git
 */
export async function coupleBranches(
  repository: TrainRepository,
  base: string,
  { branches, begun, heads }: { branches: readonly Carriage[]; begun: string | null; heads: readonly KnownHead[] },
): Promise<Coupling> {
  const coupling: Coupling = { base, chain: [], within: [], conflicts: [] };
  if (branches.length === 0) return coupling;
  const { fresh, date } = await lookAt(repository, base, branches);
  const git = repository.objects({ GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
  const isLoose = begun !== null && fresh.has(begun);
  const inside = new Set(heads.flatMap(({ taskId, isIn }) => (isIn ? [taskId] : [])));
  let tip = base;
  for (const branch of branches) {
    const { taskId, commit, start, unmarked } = branch;
    // Who was to resolve a conflict and changed nothing has not.
    if (!fresh.has(commit) || (commit === start && unmarked.length === 0)) {
      coupling.within.push(taskId);
      inside.add(taskId);
      continue;
    }
    const isPicked = isLoose && (await hasBegun(git, begun, commit));
    const origin = isPicked ? await originOf(git, { base, begun, start }, { heads, inside }) : { from: start };
    const merge = isPicked ? await pick(git, tip, { ...branch, start: origin.from }) : await mergeOf(git, tip, branch);
    if (merge.kind === 'conflict') {
      const loose = isPicked ? await looseIn(git, { base, begun }, merge.conflict.files) : '';
      coupling.conflicts.push({ taskId, ...merge.conflict, ...(loose !== '' && { loose }) });
      continue;
    }
    for (const id of [taskId, ...(origin.along ?? [])]) inside.add(id);
    if (merge.kind === 'none') coupling.within.push(taskId);
    else coupling.chain.push({ taskId, commit: (tip = merge.commit), ...(origin.along && { along: origin.along }) });
  }
  return coupling;
}

// C4: where the changes of a task count from, and whose work they bring then.
async function originOf(
  git: Git,
  { base, begun, start }: { base: string; begun: string; start: string },
  { heads, inside }: { heads: readonly KnownHead[]; inside: ReadonlySet<string> },
): Promise<{ from: string; along?: string[] }> {
  if (start === begun) return { from: start };
  const listed = await git('rev-list', '--no-merges', start, `^${begun}`, `^${base}`);
  const stood = listed.split('\n').filter((commit) => commit !== '');
  const isThere = (commit: string): boolean => heads.some(({ taskId, head }) => head === commit && inside.has(taskId));
  if (stood.every(isThere)) return { from: start };
  const along = heads.filter(({ taskId, head }) => stood.includes(head) && !inside.has(taskId));
  return { from: begun, along: along.map(({ taskId }) => taskId) };
}

// C3: whoever settles a conflict has to tell this from what its task changed.
async function looseIn(
  git: Git,
  { base, begun }: { base: string; begun: string },
  files: readonly string[],
): Promise<string> {
  const { code, out: shared } = await withCode(git, [1], 'merge-base', base, begun);
  if (code !== 0) return '';
  const diff = ['diff-tree', '-r', '-p', '--no-ext-diff', '--no-textconv', '--no-renames', shared, begun];
  const said = await git('--literal-pathspecs', ...diff, '--', ...files);
  return said.length > mostLoose ? `${said.slice(0, mostLoose)}…` : said;
}

type Merge =
  { kind: 'merged'; commit: string } | { kind: 'none' } | { kind: 'conflict'; conflict: Omit<MergeConflict, 'taskId'> };

async function mergeOf(git: Git, tip: string, { commit, title, unmarked }: Carriage): Promise<Merge> {
  const left = await markedFiles(git, commit, unmarked);
  if (left.length > 0) {
    const hunks = await readHunks(git, commit, left);
    return { kind: 'conflict', conflict: { files: left, hunks, marked: commit, isUnsettled: true } };
  }
  return merged(git, await mergeTrees(git, tip, commit), { parents: [tip, commit], title });
}

// C3: a merge whose common ground is where the task began, as commits that have no other history.
async function pick(git: Git, tip: string, { commit, start, title }: Carriage): Promise<Merge> {
  const ground = await git('commit-tree', await groundOf(git, tip, { commit, start }), '-m', 'ground');
  const ours = await git('commit-tree', `${tip}^{tree}`, '-p', ground, '-m', 'ours');
  const theirs = await git('commit-tree', `${commit}^{tree}`, '-p', ground, '-m', 'theirs');
  const result = await mergeTrees(git, ours, theirs);
  if (result.files.length === 0 && result.tree === (await git('rev-parse', `${tip}^{tree}`))) return { kind: 'none' };
  return merged(git, result, { parents: [tip], title });
}

// Somebody may have merged the target into the branch, to resolve its conflict: then it began from both.
async function groundOf(git: Git, tip: string, { commit, start }: Pick<Carriage, 'commit' | 'start'>): Promise<string> {
  const plain = `${start}^{tree}`;
  const { code, out: shared } = await withCode(git, [1], 'merge-base', tip, commit);
  if (code !== 0 || (await hasBegun(git, shared, start))) return plain;
  const both = await mergeTrees(git, start, shared);
  return both.files.length === 0 ? both.tree : plain;
}

interface MergedTree {
  tree: string;
  /** Files in conflict. */
  files: string[];
}

async function mergeTrees(git: Git, ours: string, theirs: string): Promise<MergedTree> {
  const merge = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  const { code, out } = await withCode(git, [1], ...merge);
  const [tree = '', ...files] = out.split('\0').filter((part) => part !== '');
  return { tree, files: code === 0 ? [] : files };
}

async function merged(
  git: Git,
  { tree, files }: MergedTree,
  { parents, title }: { parents: string[]; title: string },
): Promise<Merge> {
  const commit = await git('commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', title);
  if (files.length === 0) return { kind: 'merged', commit };
  const named = files.slice(0, mostFiles);
  return { kind: 'conflict', conflict: { files: named, hunks: await readHunks(git, tree, named), marked: commit } };
}

async function hasBegun(git: Git, begun: string, commit: string): Promise<boolean> {
  return (await withCode(git, [1], 'merge-base', '--is-ancestor', begun, commit)).code === 0;
}

// One look for all: which commits the target has not, and when the newest of them was made (C1).
async function lookAt(
  { objects }: TrainRepository,
  base: string,
  branches: readonly Carriage[],
): Promise<{ fresh: Set<string>; date: string }> {
  const commits = [...new Set(branches.map(({ commit }) => commit))];
  const git = objects();
  const times = (await git('show', '--no-patch', '--format=%ct', base, ...commits)).split('\n').map(Number);
  const listed = await git('rev-list', ...commits, `^${base}`);
  return { fresh: new Set(listed.split('\n')), date: `@${Math.max(...times)} +0000` };
}
