import { realpath } from 'node:fs/promises';
import { isHelper, ownerOf } from '../../domain/ids/worker-id.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { isolationIn } from '../../domain/worktrees/isolation-of.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findWorktree } from '../../store/worktrees/worktree-rows.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { isBelow, placeOf } from './task-workspace.ts';

/** Where somebody works, as what opens files there takes it: see `ToolCall`. */
export interface WorkPlace {
  workspace?: string;
  leadsTo?: string;
  writable?: readonly string[];
}

/** Whose place it is; without `attempt`: whoever helps with the task, or undoes it. */
export interface PlaceAsked {
  task: PlanTask | undefined;
  taskId: string;
  attempt?: number;
  epoch?: number;
}

/** Where an attempt works, or why it cannot, in words: in its worktree, if it has one of its own, and only as long as it has it. */
export async function attemptPlace(
  dependencies: Pick<ActivityDependencies, 'folderProblem' | 'store'>,
  run: FrozenRun,
  asked: PlaceAsked,
): Promise<WorkPlace | string> {
  const place = await placeOf(dependencies, run.plan, asked.task);
  if (typeof place === 'string') return place;
  const row = await worktreeOf(dependencies.store.sql, run, asked);
  if (row === 'none') return place;
  if (row === 'gone') return 'This attempt is over: its worktree went on without it.';
  const { folder, workspace, writable } = row;
  const leadsTo = await realpath(workspace).catch(() => null);
  if (leadsTo === null) return `The worktree of this task, ${workspace}, is not there any more.`;
  // Agents can write to the branch that it was made from, and to it.
  if (!isBelow(leadsTo, await realpath(folder)))
    return `The folder of this task, ${workspace}, leads out of its worktree by a link.`;
  return { workspace, leadsTo, ...(writable && { writable }) };
}

/** The folder that a call of an attempt is about: where its paths are read from. */
export async function attemptFolder(sql: Sql, run: FrozenRun, asked: PlaceAsked): Promise<string> {
  const row = await worktreeOf(sql, run, asked);
  return typeof row === 'string' ? workspaceOf(run.plan, asked.task).path : row.workspace;
}

async function worktreeOf(sql: Sql, run: FrozenRun, { task, taskId, attempt, epoch }: PlaceAsked) {
  if (isolationIn(run.plan, task) === 'shared') return 'none';
  const isItself = attempt !== undefined && !isHelper(taskId);
  const row = await findWorktree(sql, run.no, ownerOf(taskId));
  if (!row) return isItself ? 'gone' : 'none';
  const isHeld = row.status === 'open' && row.attempt === attempt && row.epoch === epoch;
  return !isItself || isHeld ? row : 'gone';
}
