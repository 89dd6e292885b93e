/*
 * What must hold of a crew whose tasks have worktrees (I6):
 * V16 No snapshot and no branch has a change outside of its task's lease, and no two attempts that live have leases that can meet.
 * V17 No commit is lost: every snapshot that was told of and every branch's head is reachable from a branch or a ref that is kept, and the
 *     snapshots of a task are numbered without gaps.
 * V18 A branch is merged once at most, and what is told as merged is in its target. Wherever a target has stood since the run began, every gate was green.
 * V19 Nothing is left: no worktree is open, no token good, no call of a gateway under way; no lock or draft of git in the repository, no
 *     program, no home of an attempt and no folder of a merge on this machine.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { planTaskId } from '../../../src/domain/ids/worker-id.ts';
import { scopesOverlap } from '../../../src/domain/plan/glob-overlap.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { outsideScope } from '../../../src/domain/worktrees/lease.ts';
import { userStateDir } from '../../../src/host/private-folder.ts';
import { listBranches, type MergeBranch } from '../../../src/store/merges/merge-branches.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  findStanding,
  listSnapshots,
  listWorktrees,
  type WorktreeRow,
} from '../../../src/store/worktrees/worktree-rows.ts';
import { processesBelow } from '../base/processes.ts';
import { groupBy } from './group-by.ts';

/** What the checker knows of a run with worktrees. */
export interface CodingRun {
  runKey: string;
  story: readonly RunEvent[];
  plan: Plan;
}

type Looked = Omit<CodingRun, 'runKey'> & { no: number };

/** V16 to V19, of a run that has ended; nothing where no task had a worktree. */
export async function aboutCoding(store: Store, { runKey, ...known }: CodingRun): Promise<string[]> {
  const run = { ...known, no: (await findStanding(store.sql, runKey))!.no };
  const rows = await listWorktrees(store.sql, run.no);
  if (rows.length === 0) return [];
  const branches = await listBranches(store.sql, run.no);
  const kept = (await Promise.all(rows.map((row) => aboutTask(store, run, row)))).flat();
  return [
    ...kept,
    ...aboutLeases(run.story, run.plan),
    ...branches.flatMap((branch) =>
      isReachable(branch.repository, branch.head) ? [] : [`V17 ${branch.branch} is lost`],
    ),
    ...(await aboutMerges(store, run, branches)),
    ...(await aboutRest(store, run, rows)),
  ];
}

async function aboutTask(store: Store, { no, story }: Looked, row: WorktreeRow): Promise<string[]> {
  const { taskId, top, start, sealed } = row;
  const snapshots = await listSnapshots(store.sql, no, taskId);
  const found: string[] = [];
  if (snapshots.some(({ n }, index) => n !== index + 1)) found.push(`V17 the snapshots of ${taskId} have gaps`);
  for (const event of story) {
    if (event.type !== 'snapshot:saved' || event.taskId !== taskId) continue;
    const { n, commit } = event;
    if (!snapshots.some((one) => one.n === n && one.commit === commit))
      found.push(`V17 ${taskId}@${n} is noted nowhere`);
    if (!isReachable(top, commit)) found.push(`V17 ${taskId}@${n} is lost`);
  }
  for (const { name, commit, isWhole } of [
    ...snapshots.map(({ n, commit }) => ({ name: `${taskId}@${n}`, commit, isWhole: false })),
    ...(sealed === null ? [] : [{ name: row.branch, commit: sealed, isWhole: true }]),
  ]) {
    const isThere = isReachable(top, commit);
    if (!isThere) found.push(`V17 ${name} is lost`);
    const outside = isThere ? outsideLease(row, changedSince(top, start, commit), isWhole) : [];
    if (outside.length > 0) found.push(`V16 ${name} has ${outside.join(', ')}, which ${taskId} may not write`);
  }
  return found;
}

// The kernel keeps folders of an attempt; files within them are looked at when its branch is made.
function outsideLease(
  { top, folder, workspace, writable, filesScope }: WorktreeRow,
  files: string[],
  isWhole: boolean,
) {
  const inside = relative(folder, workspace);
  const own = files.map((file) => relative(inside, file));
  if (filesScope.length === 0 || top === '') return [];
  if (isWhole) return outsideScope(filesScope, own);
  return own.filter((file) => writable !== null && !writable.some((one) => `${file}/`.startsWith(`${one}/`)));
}

function aboutLeases(story: readonly RunEvent[], plan: Plan): string[] {
  const scopes = new Map(plan.tasks.map(({ id, filesScope }) => [id, filesScope]));
  const scopeOf = (taskId: string): readonly string[] => scopes.get(planTaskId(taskId)) ?? [];
  const held = new Map<string, number>();
  const found: string[] = [];
  for (const event of story) {
    if (event.type === 'lease:released' || event.type === 'task:complete' || event.type === 'task:error')
      held.delete(event.taskId);
    if (event.type !== 'lease:granted') continue;
    const { taskId, fence, seq } = event;
    for (const [other] of held)
      if (other !== taskId && scopesOverlap(scopeOf(taskId), scopeOf(other)))
        found.push(`V16 ${taskId} has a lease that meets that of ${other} (event ${seq})`);
    if (fence <= (held.get(taskId) ?? 0)) found.push(`V16 the fence of ${taskId} does not grow (event ${seq})`);
    held.set(taskId, fence);
  }
  return found;
}

async function aboutMerges(store: Store, { no, story, plan }: Looked, branches: MergeBranch[]): Promise<string[]> {
  const found: string[] = [];
  const told = story.filter((event) => event.type === 'merge:merged');
  for (const [name, all] of groupBy(told, ({ taskId, branch }) => `${taskId} (${branch})`))
    if (all.length > 1) found.push(`V18 ${name} is told as merged ${all.length} times`);
  const targets = new Map<string, MergeBranch>();
  for (const branch of branches) {
    const { repository, status, target, head, start, mergedAs, taskId } = branch;
    if (target === null || !hasBranch(repository, target)) continue;
    targets.set(`${repository}\n${target}`, branch);
    const merges = git(repository, 'log', '--first-parent', '--format=%P', target);
    const times = merges.split('\n').filter((parents) => parents.split(' ').slice(1).includes(head)).length;
    if (times > 1) found.push(`V18 ${taskId} is merged ${times} times into ${target}`);
    // Of work that began from files that nobody had committed, only what the task changed goes in, as a commit of the train's own.
    const isIn = [head, mergedAs].some((commit) => commit !== null && isAncestor(repository, commit, target));
    if (status === 'merged' && !isIn && head !== start)
      found.push(`V18 ${taskId} counts as merged and is not in ${target}`);
    const isTold = told.some((event) => event.taskId === taskId);
    if (status !== 'merged' && isTold) found.push(`V18 ${taskId} is told as merged and is ${status}`);
  }
  const gates = plan.merge?.gates.length ?? 0;
  if (gates === 0) return found;
  for (const { repository, target } of targets.values()) {
    const stood = git(repository, 'reflog', 'show', '--format=%H', target!).split('\n').filter(Boolean);
    const begun = branches.find((one) => one.repository === repository)?.begun ?? null;
    const since = stood.filter((commit) => begun === null || !isAncestor(repository, commit, begun));
    const { rows } = await store.sql.query<{ commit: string; green: number }>(
      `select commit_id as commit, count(*)::integer as green from merge_gates
       where run_no = $1 and repository = $2 and verdict = 'green' group by 1`,
      [no, repository],
    );
    const green = new Map(rows.map((row) => [row.commit, row.green]));
    const raw = since.filter((commit) => green.get(commit) !== gates);
    found.push(...raw.map((commit) => `V18 ${target} stood at ${commit}, which was not gated`));
  }
  return found;
}

async function aboutRest(store: Store, { no, plan }: Looked, rows: readonly WorktreeRow[]): Promise<string[]> {
  const { rows: left } = await store.sql.query<{ problem: string }>(
    `select 'V19 the worktree of ' || task_id || ' is left open' as problem from worktrees where run_no = $1 and state = 'open'
     union all select 'V19 a token of ' || task_id || ' is still good' from gateway_tokens where run_no = $1 and ended_at is null
     union all select 'V19 the call ' || key || ' is still under way' from gateway_calls where run_no = $1 and state = 'open'`,
    [no],
  );
  const tops = [...new Set(rows.map(({ top }) => top))];
  const inGit = tops.flatMap((top) =>
    namesBelow(git(top, 'rev-parse', '--path-format=absolute', '--git-common-dir')).filter((name) =>
      /\.lock$|(?:^|\/)tmp_|index\.\d/.test(name),
    ),
  );
  // Others of this account have theirs there, too, unless a test that has programs of others has a place of its own.
  const hasOwnPlace = Object.values(plan.agents).some(({ runner }) => runner);
  const homes = hasOwnPlace ? [join(userStateDir(), 'agents')] : [];
  const scratch = hasOwnPlace ? [join(userStateDir(), 'merges')] : [];
  const folders = rows.map(({ folder }) => folder);
  return [
    ...left.map(({ problem }) => problem),
    ...inGit.map((name) => `V19 git of the repository has ${name}`),
    ...[...homes, ...folders].flatMap(processesBelow).map(({ pid, command }) => `V19 ${command} (${pid}) still runs`),
    ...homes.flatMap(namesIn).map((name) => `V19 the home ${name} is left`),
    ...scratch.flatMap(namesIn).map((name) => `V19 the folder ${name} of a merge is left`),
  ];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function namesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}

function isReachable(top: string, commit: string): boolean {
  return tryGit(top, 'for-each-ref', '--contains', commit, '--count=1', 'refs/heads', 'refs/gaffer') !== '';
}

function isAncestor(top: string, commit: string, of: string): boolean {
  return (
    tryGit(top, 'rev-list', '--max-count=1', commit, `^${of}`, '--') === '' &&
    tryGit(top, 'cat-file', '-t', commit) !== ''
  );
}

function hasBranch(top: string, name: string): boolean {
  return tryGit(top, 'rev-parse', '--verify', '--quiet', `refs/heads/${name}`) !== '';
}

function changedSince(top: string, start: string, commit: string): string[] {
  return git(top, 'diff', '--name-only', '--no-renames', '-z', start, commit).split('\0').filter(Boolean);
}

function git(top: string, ...args: string[]): string {
  return execFileSync('git', ['-C', top, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}

/** What git says; nothing where it says no. */
function tryGit(top: string, ...args: string[]): string {
  try {
    return git(top, ...args);
  } catch {
    return '';
  }
}
