import { performance } from 'node:perf_hooks';
import { CancelledFailure } from '@temporalio/common';
import type { AgentTaskProgress, LoopState } from '../../contracts/agent-task.ts';
import type { SlicedAttempt, SlicedOutcome } from '../../contracts/slice.ts';
import { longestTimerMs } from '../../domain/duration.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { mostSlicedTurns, slowTurnMs } from '../../domain/turns/slice-bounds.ts';
import { CalledOff } from '../base/activity-context.ts';
import { type SlicePlace, takeSlicedTurns } from './sliced-turns.ts';

/** One attempt in a slice: it takes its turns as far as a slice goes, and can be given up by itself. */
export class AttemptAtWork {
  readonly #task: SlicedAttempt;
  readonly #place: Omit<SlicePlace, 'signal'>;
  readonly #ending = new AbortController();
  readonly #state: LoopState;
  /** Where it goes on, should its next turn not come to its end. */
  #before: LoopState;

  constructor(task: SlicedAttempt, place: Omit<SlicePlace, 'signal'>) {
    this.#task = task;
    this.#place = place;
    this.#state = structuredClone(task.state);
    this.#before = task.state;
  }

  /** Stops what it does, for that reason. */
  stop(reason: unknown): void {
    this.#ending.abort(reason);
  }

  /**
   * Takes its turns. `mayGoOn` is asked before each, `onTurns` told how many were taken.
   *
   * @returns how far it came; one that was stopped stands where its last whole turn ended
   * @throws what says that the slice itself cannot go on
   */
  async work(mayGoOn: () => boolean, onTurns: (count: number) => void): Promise<SlicedOutcome> {
    const { startedAt, timeoutMs, waitedMs, taskId } = this.#task;
    const leftMs = timeoutMs === null ? null : timeoutMs - (Date.now() - startedAt - waitedMs);
    const over = new CalledOff(`task ${taskId} took longer than its timeout of ${(timeoutMs ?? 0) / 1000} s`);
    const failed = (progress: AgentTaskProgress): SlicedOutcome => {
      return { kind: 'failed', type: failureTypes.taskTimeout, message: over.message, progress };
    };
    // A call that begins now would be broken off, and paid for.
    if (leftMs !== null && leftMs <= 0) return failed(this.#before.progress);
    const end = (): void => this.stop(over);
    const timer = leftMs === null ? undefined : setTimeout(end, Math.min(leftMs, longestTimerMs));
    try {
      return await this.#takeTurns(mayGoOn, onTurns);
    } catch (error) {
      const { signal } = this.#ending;
      if (error !== signal.reason && !(error instanceof CancelledFailure)) throw error;
      return signal.reason === over ? failed(this.#before.progress) : left('rests', this.#before);
    } finally {
      clearTimeout(timer);
    }
  }

  async #takeTurns(mayGoOn: () => boolean, onTurns: (count: number) => void): Promise<SlicedOutcome> {
    const place = { ...this.#place, signal: this.#ending.signal };
    const state = this.#state;
    const [first, beganAt] = [state.progress.turns, performance.now()];
    while (mayGoOn() && !this.#ending.signal.aborted) {
      this.#before = structuredClone(state);
      const after = await takeSlicedTurns(place, this.#task, state);
      onTurns(state.progress.turns - this.#before.progress.turns);
      if (after === 'over') return this.#done(state.progress);
      if (after === 'moved' || after === 'held') return left(after, this.#before);
      if (typeof after === 'object') return { kind: 'failed', ...after, progress: state.progress };
    }
    this.#before = state;
    this.#ending.signal.throwIfAborted();
    const { turns } = state.progress;
    const isSlow = turns > first && (performance.now() - beganAt) / (turns - first) > slowTurnMs;
    return left(isSlow || turns >= mostSlicedTurns ? 'moved' : 'rests', state);
  }

  #done(progress: AgentTaskProgress): SlicedOutcome {
    return { kind: 'done', progress, durationMs: Date.now() - this.#task.startedAt };
  }
}

function left(why: 'moved' | 'rests' | 'held', state: LoopState): SlicedOutcome {
  return { kind: 'left', why, state, leftAt: Date.now() };
}
