import type { CodingPlan, CodingTask, Isolation, PlanIsolation, PlanMerge } from '../../domain/coding/isolation.ts';
import { mergeDefaults } from '../../domain/coding/isolation.ts';
import { toBranchName } from '../../domain/merge/branch-name.ts';
import type { WorkflowFile } from '../schema/schema.ts';
import type { MergeFile, PlaceFile } from '../schema/schema-coding.ts';
import type { PhaseFile, TaskFile } from '../schema/schema-tasks.ts';

/** What a file says of how its tasks are kept apart, and of what becomes of their branches. Only what it says: plans of before keep their hash. */
export function toPlanCoding({ workspace, merge }: WorkflowFile): CodingPlan {
  const isolation = toIsolation(workspace);
  return { ...(isolation && { isolation }), ...(merge && { merge: toMerge(merge) }) };
}

function toIsolation(place: PlaceFile | undefined): PlanIsolation | null {
  if (place === undefined || typeof place === 'string') return null;
  const { isolate, share, on_overlap: onOverlap } = place;
  const said = { ...(isolate && { isolate }), ...(share?.length && { share }), ...(onOverlap && { onOverlap }) };
  return Object.keys(said).length > 0 ? said : null;
}

function toMerge({ auto = false, into, gates = [], attempts, merger }: MergeFile): PlanMerge {
  return {
    auto,
    into: into === undefined ? null : toBranchName(into),
    gates,
    attempts: attempts ?? mergeDefaults.attempts,
    ...(merger !== undefined && { merger }),
  };
}

/** How the tasks of a phase are kept apart, where it says so. */
export function phaseIsolation({ workspace }: PhaseFile): { isolate?: Isolation } {
  return workspace?.isolate ? { isolate: workspace.isolate } : {};
}

/** What a task says of coding. */
export function toCodingTask({ workspace, checks, expects_changes, on_failure }: TaskFile): CodingTask {
  const isolate = typeof workspace === 'object' ? workspace.isolate : undefined;
  const looked = {
    ...(checks?.length && { commands: checks }),
    ...(expects_changes !== undefined && { expectsChanges: expects_changes }),
  };
  return {
    ...(isolate && { isolate }),
    ...(Object.keys(looked).length > 0 && { checks: looked }),
    ...(on_failure === 'restore' && { restores: true as const }),
  };
}
