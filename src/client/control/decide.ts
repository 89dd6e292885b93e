import type { ApproveAnswer } from '../../contracts/control.ts';
import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { UsageError } from '../../domain/errors.ts';
import { parseRequestId } from '../../domain/ids/request-id.ts';
import { conflictAnswers, isConflictAnswer } from '../../domain/merge/conflict-answer.ts';
import { hasEnded, waitsOf } from '../../domain/run/run-state.ts';
import type { Store } from '../../store/store.ts';
import { checkEdit, type CallerBounds } from '../access/caller-bounds.ts';
import { RunClosedError } from '../errors.ts';
import type { BlockerAnswer, Decision } from '../run.ts';
import { choose, matching } from './choose-waiting.ts';
import { blockersOf, decidedBefore } from './earlier-decisions.ts';
import { checkEditedCall, findAskedCall } from './edited-call.ts';
import { checkEditedInput } from './edited-input.ts';
import type { RunQuestions } from './run-control.ts';

/** A run of which it can be asked what waits. */
export interface WaitingRun {
  store: Store;
  runId: string;
  runKey: string;
  waiting: () => Promise<WaitingAnswer>;
}

/** The run that is asked. */
export interface AskedRun extends WaitingRun {
  /** What whoever asks may not bring; left out: it is somebody at a terminal. */
  bounds?: CallerBounds | undefined;
  update: RunQuestions['update'];
}

/** What a run says that it waits for; where that is nothing, that it is paused as a whole, if it is. */
export async function whatWaits({
  store,
  runKey,
  waiting,
}: Pick<WaitingRun, 'store' | 'runKey' | 'waiting'>): Promise<WaitingAnswer> {
  const found = await waiting();
  if (found.length > 0) return found;
  const held = waitsOf(await store.events.state(runKey)).filter(({ taskId }) => taskId === null);
  return held.map(({ cause, what, detail, since }) => {
    return { id: '', taskId: '', cause, what, detail, since, deadline: null, approval: null };
  });
}

/** Which approval is meant, by its exact id or task; `one` is null where it waits no more: the run says who decided, and when. */
export async function findApproval(
  { store, runId, runKey, waiting: ask }: WaitingRun,
  wanted: string | undefined,
): Promise<{ id: string; one: WaitingAnswer[number] | null }> {
  const waiting = await whatWaits({ store, runKey, waiting: ask });
  const isOpen = wanted === undefined || matching(waiting, 'approval', wanted).length > 0;
  // Where nothing was ever asked as that, `choose` says what waits instead.
  const earlier = isOpen ? undefined : await decidedBefore(store, runKey, wanted);
  if (earlier !== undefined) return { id: earlier, one: null };
  const one = choose(waiting, 'approval', wanted, runId);
  return { id: one.id, one };
}

/**
 * One person's decision. What a changed call could not be is refused before the decision is used up.
 *
 * @throws UsageError when nothing waits as that; RefusedError when the run says no; OutOfBoundsError
 */
export async function decide(
  run: AskedRun,
  decision: 'approve' | 'reject',
  { id: wanted, ...input }: Decision,
): Promise<ApproveAnswer> {
  await refuseEnded(run);
  const id = await idOf(run, 'approval', wanted);
  const { edit } = input;
  if (edit !== undefined && run.bounds)
    checkEdit(run.bounds, (await findAskedCall(run.store, run.runKey, id))?.tool ?? null);
  if (edit !== undefined) await checkEditedInput(run.store, run.runKey, { id, edit });
  if (edit !== undefined && decision === 'approve') await checkEditedCall(run.store, run, { id, edit });
  return run.update('approve', { ...input, id, decision });
}

/** The answer to a blocker, of any time: the run takes the same one again. @throws UsageError when nothing waits as that */
export async function answerBlocker(run: AskedRun, { id: wanted, ...input }: BlockerAnswer): Promise<void> {
  await refuseEnded(run);
  const id = await idOf(run, 'blocker', wanted);
  checkAnswer(id, input.text);
  return run.update('answer', { ...input, id });
}

/** Refuses what would be used up without being understood. @throws UsageError @internal */
export function checkAnswer(id: string, text: string): void {
  if (parseRequestId(id)?.kind !== 'conflict' || isConflictAnswer(text)) return;
  const words = conflictAnswers.map((each) => `"${each}"`).join(' or ');
  throw new UsageError(`a conflict is answered with ${words}, and this is neither: nothing was told.`);
}

// What waited is known of an ended run, too: that nothing can be decided any more says more.
async function refuseEnded({ store, runId, runKey }: WaitingRun): Promise<void> {
  const row = await store.runs.find(runId);
  if (row?.runKey === runKey && hasEnded(row.status)) throw new RunClosedError(runId);
}

async function idOf(run: WaitingRun, cause: 'approval' | 'blocker', wanted: string | undefined): Promise<string> {
  const waiting = await whatWaits(run);
  const isOpen = wanted === undefined || matching(waiting, cause, wanted).length > 0;
  const earlier = isOpen ? undefined : await idBefore(run, cause, wanted);
  return earlier ?? choose(waiting, cause, wanted, run.runId).id;
}

async function idBefore(
  { store, runKey }: WaitingRun,
  cause: 'approval' | 'blocker',
  wanted: string,
): Promise<string | undefined> {
  if (cause === 'approval') return decidedBefore(store, runKey, wanted);
  const { blockers } = await blockersOf(store, runKey);
  return blockers.findLast(({ id, taskId }) => id === wanted || taskId === wanted)?.id;
}
