/*
 * O1 Who opens holds the task's row: a worktree is given to one attempt at a time, and each gets a higher fence (custody).
 * O2 Opening again is putting back: an attempt that is tried anew after a death finds what the first try found. What stood there is kept first:
 *    the last bytes of who was killed, and what a person changed there since.
 * O3 A lease names folders that are there: the kernel mounts them.
 */
import type { OpenedWorkspace, OpenWorkspaceInput } from '../../contracts/workspace.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { taskBranch } from '../../domain/worktrees/refs.ts';
import { appendNew } from '../../store/run/events.ts';
import { findWorktree, holdWorktree, writeOpened, type WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { WorktreePlace } from '../../worktrees/place.ts';
import { withHeartbeat } from '../base/activity-context.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure } from '../base/to-failure.ts';
import { inTurn } from './in-turn.ts';
import { beginFrom, type Beginning } from './begin-from.ts';
import { snapshotOf } from './keep-snapshot.ts';
import { tellAgent } from './tell-agent.ts';
import { createdKey, findPlace, type TaskPlace, type WorkspaceDependencies } from './task-place.ts';

/** Gives an attempt its worktree, as its start has it, and what it may write there. */
export async function openWorkspace(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  input: OpenWorkspaceInput,
): Promise<OpenedWorkspace> {
  return withHeartbeat(async () => {
    const found = await findPlace(dependencies, run, input);
    const { store } = dependencies;
    const before = await findWorktree(store.sql, run.no, input.taskId);
    const begin = await beginningOf(dependencies, run, { input, found, before });
    const open = async (sql: Sql): Promise<OpenedWorkspace> => {
      await holdWorktree(sql, run.no, input.taskId); // O1
      const row = await findWorktree(sql, run.no, input.taskId);
      refuseLate(row, input);
      const { place, shared, repository, task } = found;
      const left = await keepLeft(dependencies, run, { sql, row, place }); // O2
      await dependencies.worktrees.open(place, { start: begin.commit, shared });
      const filesScope = task?.filesScope ?? [];
      const writable = await dependencies.worktrees.lease(place, filesScope); // O3
      const { taskId, attempt, epoch, context } = input;
      const branch = taskBranch(run.runId, taskId);
      const fence = await writeOpened(sql, run.no, {
        ...{ taskId, attempt, epoch, context, branch, writable, filesScope, start: begin.commit },
        ...{ host: dependencies.folderHost, repository: repository.id, top: repository.top },
        ...{ folder: place.folder, workspace: place.workspace },
      });
      const note = noteOf(begin);
      const told = [...left, ...toldOf(input, { branch, begin, writable, filesScope, fence })];
      if (note !== null) told.push(await tellAgent(sql, run, { context, text: note, key: `begins/${taskId}` }));
      await appendNew(sql, run.no, told);
      return { folder: place.workspace, start: begin.commit, writable, ...(note !== null && { note }) };
    };
    return inTurn(() => store.transaction(open));
  });
}

// O2. A row of another repository has nothing to do with what stands here.
async function keepLeft(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { sql, row, place }: { sql: Sql; row: WorktreeRow | undefined; place: WorktreePlace },
): Promise<RunEventDraft[]> {
  if (row?.repository !== place.repository.id || !dependencies.worktrees.isThere(place)) return [];
  return (await snapshotOf(dependencies, run, { sql, row })).events;
}

// B4
async function beginningOf(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { input, found, before }: { input: OpenWorkspaceInput; found: TaskPlace; before: WorktreeRow | undefined },
): Promise<Beginning> {
  const { taskId, epoch } = input;
  if (!before) return beginFrom(dependencies, run, { taskId, ...found });
  return { commit: epoch > before.epoch ? (before.sealed ?? before.head) : before.start, leftOut: [] };
}

function refuseLate(row: WorktreeRow | undefined, { attempt, epoch, taskId }: OpenWorkspaceInput): void {
  if (!row) return;
  const isLate = row.epoch > epoch || (row.epoch === epoch && row.attempt > attempt);
  const isOver = row.epoch === epoch && row.attempt === attempt && row.status !== 'open';
  if (!isLate && !isOver) return;
  throw finalFailure(
    failureTypes.superseded,
    `attempt ${attempt} of ${taskId} is over: its worktree went on without it`,
  );
}

function toldOf(
  { taskId, attempt, epoch }: OpenWorkspaceInput,
  {
    branch,
    begin,
    writable,
    filesScope,
    fence,
  }: { branch: string; begin: Beginning; writable: string[] | null; filesScope: string[]; fence: number },
): RunEventDraft[] {
  const id = `${toAttemptId(taskId, attempt)}/${epoch}`;
  const created = { type: 'worktree:created', taskId, attempt, branch, base: begin.commit } as const;
  const granted = {
    type: 'lease:granted',
    taskId,
    attempt,
    folders: writable ?? [],
    files: filesScope,
    fence,
  } as const;
  return [
    { key: createdKey({ taskId, attempt, epoch }), ...created },
    ...(filesScope.length > 0 ? [{ key: `lease/${id}`, ...granted }] : []),
  ];
}

// B3
function noteOf({ leftOut }: Beginning): string | null {
  if (leftOut.length === 0) return null;
  const lines = leftOut.map(({ branch, files }) => `- ${branch}: ${files.slice(0, 20).join(', ')}`);
  return [
    'Your files do not hold all of the work that you were to begin from, as some of it does not go together. Left out, with the files that are in conflict:',
    ...lines,
  ].join('\n');
}
