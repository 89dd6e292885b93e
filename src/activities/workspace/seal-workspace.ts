/*
 * E1 What an attempt leaves is kept before anything else is decided: a last snapshot.
 * E2 Its branch is one commit on top of what it began from, and moves only for who has the worktree.
 * E5 Nor is work done that has the conflict markers still which Gaffer put there for its agent to resolve.
 * E4 What came of it is journaled with it: whoever asks again, as the answer was lost, hears the same, a refusal with its reason too.
 * E3 A change outside of what the task may write fails the attempt and names the files; nothing is taken back, as the next attempt begins anew.
 */
import type { SealedBranch, SealWorkspaceInput, SealWorkspaceResult } from '../../contracts/workspace.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { keptRef } from '../../domain/worktrees/refs.ts';
import { outsideScope } from '../../domain/worktrees/lease.ts';
import type { Sql } from '../../store/database/sql.ts';
import { codecOf } from '../../store/journal/codec.ts';
import { appendNew } from '../../store/run/events.ts';
import { noteBranch } from '../../store/merges/merge-branches.ts';
import {
  findHeld,
  findStart,
  holdWorktree,
  writeEnded,
  type WorktreeRow,
} from '../../store/worktrees/worktree-rows.ts';
import { listCalled } from '../../store/wakes/waits.ts';
import { callStandingAside } from '../../store/worktrees/overlap-rows.ts';
import { withHeartbeat } from '../base/activity-context.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import { wakeWaiting } from '../base/wake-waiting.ts';
import { worktreeKey } from '../../domain/worktrees/worktree-key.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { inTurn } from './in-turn.ts';
import { snapshotOf } from './keep-snapshot.ts';
import { placeOfRow, sharedOf, type WorkspaceDependencies } from './task-place.ts';

const ends = codecOf<SealWorkspaceResult>();

/** Ends an attempt's work in its worktree, and takes away what a program of others kept of it. Doing it again finds what came of it. */
export async function sealWorkspace(
  dependencies: WorkspaceDependencies & Pick<ActivityDependencies, 'runners'>,
  run: FrozenRun,
  input: SealWorkspaceInput,
): Promise<SealWorkspaceResult> {
  const end = await endWork(dependencies, run, input);
  await dependencies.runners.homes.drop(input);
  return end;
}

function endWork(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  input: SealWorkspaceInput,
): Promise<SealWorkspaceResult> {
  const { store } = dependencies;
  const key = `sealed/${toAttemptId(input.taskId, input.attempt)}/${input.epoch}`;
  return withHeartbeat(async () => {
    const end = (sql: Sql): Promise<JsonObject | null> => endHeld(dependencies, run, { sql, input });
    const known = await inTurn(() => store.journal.look(run.no, key, end));
    // Also what a step that died before it told them had called.
    const called = await listCalled(store.sql, run.no);
    await wakeWaiting(
      run,
      called.filter(({ key: waited }) => waited === worktreeKey(input.taskId)),
    );
    // Somebody else has the worktree by now, or no attempt does.
    return known ? ends.fromJson(known) : { kind: 'kept', snapshot: null };
  });
}

async function endHeld(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { sql, input }: { sql: Sql; input: SealWorkspaceInput },
): Promise<JsonObject | null> {
  await holdWorktree(sql, run.no, input.taskId);
  const row = await findHeld(sql, run.no, input);
  if (!row) return null;
  const { snapshot, events } = await snapshotOf(dependencies, run, { sql, row }); // E1
  const head = snapshot?.commit ?? row.head;
  const ending = { sql, row, head, leftOut: snapshot?.leftOut ?? [] };
  const end =
    input.outcome === 'done'
      ? await seal(dependencies, run, ending)
      : await keep(dependencies, run, { ...ending, input });
  const status = end.kind === 'sealed' ? 'sealed' : 'failed';
  const sealed = end.kind === 'sealed' ? end.sealed.commit : null;
  await writeEnded(sql, run.no, { taskId: row.taskId, status, sealed });
  if (end.kind === 'sealed') await noteReady(sql, run.no, { row, sealed: end.sealed });
  await callStandingAside(sql, run.no, [row.taskId]);
  await appendNew(sql, run.no, [...events, ...releaseEvents(input, row)]);
  return ends.toJson(end); // E4
}

// What a merge train takes, by itself or when somebody asks.
async function noteReady(
  sql: Sql,
  no: number,
  { row, sealed }: { row: WorktreeRow; sealed: SealedBranch },
): Promise<void> {
  const begin = await findStart(sql, no, row.repository);
  const { branch, commit: head, start, repository } = sealed;
  const { taskId, host } = row;
  const [begun, home] = [begin?.commit ?? null, begin?.branch ?? null];
  await noteBranch(sql, no, { taskId, host, repository, branch, head, start, begun, home });
  if (head === start) return;
  const key = `merge-ready/${taskId}/${head}`;
  await appendNew(sql, no, [{ key, type: 'merge:ready', taskId, branch, commit: head }]);
}

interface Ending {
  sql: Sql;
  row: WorktreeRow;
  head: string;
  leftOut: string[];
}

function toSealed({ branch, start, top }: WorktreeRow, commit: string): SealedBranch {
  return { branch, commit, start, repository: top };
}

async function seal(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { sql, row, head, leftOut }: Ending,
): Promise<SealWorkspaceResult> {
  const { worktrees } = dependencies;
  const place = await placeOfRow(dependencies, run, row);
  const { repository } = place;
  const changed = await worktrees.changed(repository, row.start, head);
  const marked = await worktrees.marked(repository, head, row.marked);
  const refusal = refusalOf({ ...row, inside: repository.inside }, { changed, leftOut, marked });
  if (refusal) return refusal;
  const whole = await worktrees.withoutPointer(place, head, changed);
  if (whole.length > 0) {
    const reason = `these files are kept by Git LFS, whose program does not run here, so only their pointers may change: ${shown(whole)}`;
    return { kind: 'refused', reason, files: whole };
  }
  if (changed.length === 0) return { kind: 'sealed', sealed: toSealed(row, row.start), changedFiles: 0 };
  const task = await taskDefinition(sql, run, row.taskId);
  const title = `${row.taskId}: ${preview(task?.description ?? task?.prompt ?? run.plan.name, 60)}`;
  const body = `Gaffer-Run: ${run.runId}\nGaffer-Task: ${row.taskId}\nGaffer-Agent: ${task?.agent ?? ''}`;
  const commit = await worktrees.squash(repository, { head, onto: row.start, title, body }); // E2
  await worktrees.moveBranch(repository, { branch: row.branch, commit, keep: keptRef(run.runId, row.taskId) });
  return { kind: 'sealed', sealed: toSealed(row, commit), changedFiles: changed.length };
}

// E3, E5
function refusalOf(
  { filesScope, inside }: Pick<WorktreeRow, 'filesScope'> & { inside: string },
  { changed, leftOut, marked }: Record<'changed' | 'leftOut' | 'marked', readonly string[]>,
): (SealWorkspaceResult & { kind: 'refused' }) | null {
  const isBelow = (file: string): boolean => inside === '' || file.startsWith(`${inside}/`);
  const own = changed.filter(isBelow).map((file) => (inside === '' ? file : file.slice(inside.length + 1)));
  const elsewhere = changed.filter((file) => !isBelow(file));
  const outside = filesScope.length === 0 ? [] : [...elsewhere, ...outsideScope(filesScope, own)];
  if (outside.length > 0) {
    const reason = `it changed files outside of its files_scope (${filesScope.join(', ')}): ${shown(outside)}`;
    return { kind: 'refused', reason, files: outside };
  }
  if (marked.length > 0) {
    const reason = `conflict markers from bringing its work together with another task's are still in ${shown(marked)}`;
    return { kind: 'refused', reason, files: [...marked] };
  }
  if (leftOut.length === 0) return null;
  const reason = `git cannot keep these, as they are larger than 256 MB, cannot be read, or have a name that is git's own: ${shown(leftOut)}`;
  return { kind: 'refused', reason, files: [...leftOut] };
}

function shown(files: readonly string[]): string {
  return `${files.slice(0, 10).join(', ')}${files.length > 10 ? ` and ${files.length - 10} more` : ''}`;
}

async function keep(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { sql, row, head, input }: Ending & { input: SealWorkspaceInput },
): Promise<SealWorkspaceResult> {
  const task = await taskDefinition(sql, run, row.taskId);
  if (task?.restores && input.outcome === 'failed') {
    const place = await placeOfRow(dependencies, run, row);
    await dependencies.worktrees.putBack(place, { commit: row.start, shared: sharedOf(run, task) });
    const told = { type: 'snapshot:restored', taskId: row.taskId, n: 0, commit: row.start, by: 'on_failure' } as const;
    await appendNew(sql, run.no, [{ key: `restored/${toAttemptId(row.taskId, row.attempt)}/${row.epoch}`, ...told }]);
  }
  return { kind: 'kept', snapshot: head === row.start ? null : head };
}

function releaseEvents({ taskId, attempt, epoch }: SealWorkspaceInput, { filesScope }: WorktreeRow): RunEventDraft[] {
  if (filesScope.length === 0) return [];
  return [{ key: `released/${toAttemptId(taskId, attempt)}/${epoch}`, type: 'lease:released', taskId, attempt }];
}
