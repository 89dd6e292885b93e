import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { isolationIn } from '../../domain/worktrees/isolation-of.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { WorkspaceStep } from '../../contracts/workspace.ts';
import type { WorktreeRow } from '../../store/worktrees/worktree-rows.ts';
import type { Repository } from '../../worktrees/repository.ts';
import type { WorktreePlace } from '../../worktrees/place.ts';
import type { Shared } from '../../worktrees/shared.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { workspaceProblem } from '../base/task-workspace.ts';
import { finalFailure } from '../base/to-failure.ts';

export type WorkspaceDependencies = Pick<ActivityDependencies, 'store' | 'worktrees' | 'folderProblem' | 'folderHost'>;

/** Where an attempt works apart from others, and what of it is the plan's to say. */
export interface TaskPlace {
  task: PlanTask | undefined;
  repository: Repository;
  place: WorktreePlace;
  shared: Shared;
}

/** What of a checkout tasks get as copies. */
export function sharedOf({ plan }: FrozenRun, task: PlanTask | undefined): Shared {
  return { share: plan.isolation?.share ?? [], all: isolationIn(plan, task) === 'copy' };
}

/** Finds the repository that a task has a worktree of. @throws ApplicationFailure `InvalidInput` that says why there can be none */
export async function findPlace(
  dependencies: WorkspaceDependencies,
  run: FrozenRun,
  { taskId }: Pick<WorkspaceStep, 'taskId'>,
): Promise<TaskPlace> {
  const { worktrees, store } = dependencies;
  const task = await taskDefinition(store.sql, run, taskId);
  const problem = await workspaceProblem(dependencies, run.plan, task);
  if (problem !== null) throw finalFailure(failureTypes.invalidInput, problem);
  const shared = sharedOf(run, task);
  const repository = await worktrees.find(workspaceOf(run.plan, task).path, shared.share);
  const { runKey, runId } = run;
  return { task, repository, place: worktrees.place(repository, { runKey, runId, taskId }), shared };
}

/** The place of a worktree that is there. */
export function placeOfRow(
  { worktrees }: Pick<WorkspaceDependencies, 'worktrees'>,
  run: FrozenRun,
  row: WorktreeRow,
): Promise<WorktreePlace> {
  const { runKey, runId } = run;
  return worktrees.known({ runKey, runId, taskId: row.taskId }, row.repository);
}

/** The event that tells of an attempt's worktree. */
export function createdKey({ taskId, attempt, epoch }: Pick<WorkspaceStep, 'taskId' | 'attempt' | 'epoch'>): string {
  return `worktree/${toAttemptId(taskId, attempt)}/${epoch}`;
}
