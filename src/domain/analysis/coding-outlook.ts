import type { Isolation } from '../coding/isolation.ts';
import type { Plan } from '../plan/plan.ts';
import { isolationIn } from '../worktrees/isolation-of.ts';
import { leaseFolders } from '../worktrees/lease.ts';

/** Where tasks of a plan work, and what each may write there, as far as it is known before the start. */
export interface CodingOutlook {
  /** Tasks by where they work; calls of tools and workflows as tasks work in the folder itself. */
  worksIn: Record<Isolation, string[]>;
  /** Folders that a task alone may write, from its workspace down; tasks that are not here may write all of their worktree. */
  leases: { task: string; folders: string[] }[];
}

/** Looks at how tasks of a plan are kept apart; null: all of them work in the folder itself. */
export function codingOutlook(plan: Plan): CodingOutlook | null {
  const worksIn: CodingOutlook['worksIn'] = { worktree: [], copy: [], shared: [] };
  for (const task of plan.tasks) worksIn[isolationIn(plan, task)].push(task.id);
  const apart = plan.tasks.filter(({ id }) => !worksIn.shared.includes(id));
  if (apart.length === 0) return null;
  const leases = apart.flatMap(({ id, filesScope }) => {
    // What is a file there nobody knows yet: an ending says so.
    const folders = leaseFolders(filesScope, () => false);
    return folders === null ? [] : [{ task: id, folders }];
  });
  return { worksIn, leases };
}
