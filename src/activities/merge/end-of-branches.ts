import { supersededOf } from '../../domain/merge/superseded.ts';
import type { BranchEnd, RunEnd, RunResult } from '../../domain/run/run-result.ts';
import { listBranches } from '../../store/merges/merge-branches.ts';
import { listReusedMerges, type ReusedBranch } from '../../store/merges/reused-branches.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** What became of the branches of a run, for its result. */
export interface BranchEnds {
  /** As the result has them. */
  named: Pick<RunResult, 'branches'>;
  /** How many were to go in and are not, and the first of them; null: none, or nobody asked. */
  left: { count: number; taskId: string; reason: string } | null;
}

/** Most branches that a result names; those that are not in come first. */
const mostNamed = 200;
const longestReason = 300;

/** Looks at the branches of a run that ends, with those of tasks whose results it has from earlier runs: its work stands on them. */
export async function endOfBranches(sql: Sql, run: FrozenRun): Promise<BranchEnds> {
  const reused = run.lineage ? await listReusedMerges(sql, run.no) : [];
  const before = reused.map((branch) => ({ ...branch, reason: reasonOfReused(branch) }));
  const all = [...before, ...(await listBranches(sql, run.no))];
  if (all.length === 0) return { named: {}, left: null };
  const isLeft = ({ status }: { status: BranchEnd['status'] }): boolean => status !== 'merged';
  const named = all.toSorted((a, b) => Number(isLeft(b)) - Number(isLeft(a))).slice(0, mostNamed);
  const branches = named.map(({ taskId, status, branch, target: into, reason }): [string, BranchEnd] => {
    return [taskId, { status, branch, into, reason: reason && reason.slice(0, longestReason).toWellFormed() }];
  });
  const superseded = supersededOf(all.map(({ taskId }) => taskId));
  const left = run.plan.merge?.auto ? all.filter((each) => isLeft(each) && !superseded.has(each.taskId)) : [];
  const first = left[0];
  return {
    named: { branches: Object.fromEntries(branches) },
    left: first
      ? { count: left.length, taskId: first.taskId, reason: first.reason ?? 'its train did not come to it' }
      : null,
  };
}

// Nothing but `gaffer merge` brings it in now: no train of this run takes branches of another one.
function reasonOfReused({ status, reason, runId }: ReusedBranch): string | null {
  if (status === 'merged') return reason;
  return `it is a branch of run ${runId}, which left it${reason === null ? '' : `: ${reason}`}`;
}

/** The end of a run with what did not go in: then it is not a whole success. */
export function withUnmerged(
  end: { status: RunEnd; reason: string | null },
  { left }: Pick<BranchEnds, 'left'>,
): { status: RunEnd; reason: string | null } {
  if (!left || end.status !== 'succeeded') return end;
  const what = left.count === 1 ? '1 branch is not merged' : `${left.count} branches are not merged; the first`;
  return { status: 'partial', reason: `${what}: "${left.taskId}": ${left.reason}` };
}
