import { fingerprint } from '../../domain/fingerprint.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { MergeBranch } from '../../store/merges/merge-branches.ts';

/** A branch is in its target, with that commit. Told once, however often it is found there. */
export function mergedEvent({ taskId, branch, head }: MergeBranch, into: string, commit: string): RunEventDraft {
  return { key: `merge-merged/${taskId}/${head}/${into}`, type: 'merge:merged', taskId, branch, commit, into };
}

/** A branch cannot go in now, in words. Told once for each reason. */
export function waitingEvent(
  { taskId, branch, head }: MergeBranch,
  into: string | null,
  reason: string,
): RunEventDraft {
  const key = `merge-waiting/${taskId}/${head}/${fingerprint(`${into} ${reason}`)}`;
  return { key, type: 'merge:waiting', taskId, branch, into, reason };
}

/** Checkouts that stay behind their branch, which is at that commit, in words. */
export function leftEvents(commit: string, left: readonly string[]): RunEventDraft[] {
  return left.map((text) => ({ key: `merge-left/${commit}/${fingerprint(text)}`, type: 'run:log', text }));
}
