import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { MergeBranch } from '../../store/merges/merge-branches.ts';

/** A branch is in its target, with that commit. Told once, however often it is found there. */
export function mergedEvent({ taskId, branch, head }: MergeBranch, into: string, commit: string): RunEventDraft {
  return { key: `merge-merged/${taskId}/${head}/${into}`, type: 'merge:merged', taskId, branch, commit, into };
}
