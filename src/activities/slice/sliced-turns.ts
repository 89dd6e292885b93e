import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { LoopState } from '../../contracts/agent-task.ts';
import type { SlicedAttempt } from '../../contracts/slice.ts';
import type { CallModelInput } from '../../contracts/turn.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { noteTurns, takeIn, turnsExhausted } from '../../domain/turns/agent-turns.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { CallHeld } from '../../store/journal/call-held.ts';
import { takeTurns } from '../turn/call-model.ts';
import type { TurnDependencies } from '../turn/turn.ts';

/** Where turns are taken. */
export interface SlicePlace {
  dependencies: TurnDependencies;
  run: FrozenRun;
  signal: AbortSignal;
  isRepeated: boolean;
}

/**
 * How a loop goes on: it is over, or goes on here; it is left to the workflow, as it stood before (`moved`), or as the run is paused (`held`); or
 * it has failed for good.
 */
export type AfterSlicedTurns = 'over' | 'on' | 'moved' | 'held' | { type: string; message: string };

/**
 * Takes the next turn of an attempt and the quick ones after it, into its state.
 *
 * @throws CancelledFailure, and what says that this step itself cannot go on: the database is away, the worker was superseded
 */
export async function takeSlicedTurns(
  { dependencies, run, signal, isRepeated }: SlicePlace,
  task: SlicedAttempt,
  state: LoopState,
): Promise<AfterSlicedTurns> {
  const { taskId, attempt, agent, context, maxTurns } = task;
  if (state.progress.turns >= maxTurns) return { type: failureTypes.turnsExhausted, message: turnsExhausted(maxTurns) };
  const at = { runKey: run.runKey, taskId, attempt, epoch: 0, agent, context, turn: state.progress.turns + 1 };
  const { head, prompt, history } = state;
  const input: CallModelInput = { ...at, head, prompt, history, lastTurn: maxTurns };
  try {
    const answer = await takeTurns(dependencies, run, input, { signal, isRepeated, isHeldByPause: true });
    if (answer.slowTools.length > 0 || answer.begins || answer.failure) return 'moved';
    noteTurns<OutlineTask>(state.progress, answer);
    const after = takeIn<OutlineTask>(state, answer);
    if (after === 'circle') return 'moved';
    return typeof after === 'object' ? { type: failureTypes.outputInvalid, message: after.refused } : after;
  } catch (error) {
    if (error instanceof CallHeld) return 'held';
    // Whatever it is, the workflow meets it again and knows what to do: waits, asks, tries again, fails the task.
    if (error instanceof ApplicationFailure && error.type !== failureTypes.superseded && !signal.aborted)
      return 'moved';
    throw signal.aborted && !(error instanceof CancelledFailure)
      ? new CancelledFailure('CANCELLED', [], error as Error)
      : error;
  }
}
