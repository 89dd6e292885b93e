import type { CancellationScope } from '@temporalio/workflow';
import type { SlicedAttempt, SlicedOutcome, SliceFollowers, SliceResult } from '../../contracts/slice.ts';
import { runSlice } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import type { WaitClock } from '../base/wait-clock.ts';
import type { RunBooks } from '../books/run-books.ts';

/** One attempt that is done in slices. */
export interface Sliced {
  task: SlicedAttempt;
  settle: (end: SlicedOutcome & { kind: 'done' | 'failed' }) => void;
  reject: (error: unknown) => void;
  isCancelled: boolean;
  clock: WaitClock;
}

/** Promises that follow from one cancel, at most: by then all that end with it are known. */
const settlingTicks = 60;

/**
 * A slice under way. It is cancelled with the run alone, and that ends all that is in it. Of tasks that a person gives up the store is told (S5
 * of activities/slice/run-slice.ts): the others come back with the turn that they are at, and go on in the next one.
 */
export class SliceInFlight {
  readonly part: readonly Sliced[];
  readonly #books: RunBooks;
  readonly #scope: CancellationScope;
  readonly #told = new Set<Sliced>();
  #isTelling = false;

  /** @param scope what the run cancels when it ends */
  constructor(books: RunBooks, part: readonly Sliced[], scope: CancellationScope) {
    this.#books = books;
    this.part = part;
    this.#scope = scope;
  }

  run(follow: SliceFollowers | null): Promise<SliceResult> {
    const { busy, runKey } = this.#books;
    const tasks = this.part.map(({ task }) => task);
    const options = { summary: toSummary(textOf(tasks)) };
    const input = { runKey, tasks, ...(follow && { follow }) };
    return this.#scope.run(() => busy.during(() => runSlice.executeWithOptions(options, [input])));
  }

  /** Some of its tasks are cancelled: the store hears who is given up, where the run itself goes on. */
  tellGivenUp(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    // What could not be written ends the run as a whole: `ProgressLog.failure`.
    void this.#tell().catch(() => undefined);
  }

  async #tell(): Promise<void> {
    for (let tick = 0; tick < settlingTicks; tick++) await Promise.resolve();
    const isMeant = (one: Sliced): boolean => one.isCancelled && !this.#told.has(one);
    for (let meant = this.part.filter(isMeant); meant.length > 0; meant = this.part.filter(isMeant)) {
      if (this.#scope.consideredCancelled) return;
      for (const one of meant) this.#told.add(one);
      const states = meant.map(({ task }) => this.#books.tasks.get(task.taskId)!);
      await this.#books.flush({ giveUp: states.map((state) => ({ ...state, status: 'skipped' as const })) });
    }
    this.#isTelling = false;
  }
}

function textOf(tasks: readonly SlicedAttempt[]): string {
  const names = tasks.map(({ taskId }) => taskId);
  return names.length === 1 ? `slice: ${names[0]}` : `slice of ${names.length}: ${names.join(', ')}`;
}
