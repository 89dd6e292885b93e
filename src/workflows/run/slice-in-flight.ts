import { CancellationScope } from '@temporalio/workflow';
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
 * A slice under way. A cancel reaches all that is in it; who is meant, where not everybody is, the store is told before (S5 of
 * activities/slice/run-slice.ts): the others come back with the turn that they are at, and go on in the next one.
 */
export class SliceInFlight {
  readonly part: readonly Sliced[];
  readonly #books: RunBooks;
  readonly #scope: CancellationScope;
  readonly #told = new Set<Sliced>();
  #isEnding = false;
  /** The store has named who is meant: from then on nobody else is, but whom it names (S5). */
  #hasNamed = false;

  constructor(books: RunBooks, part: readonly Sliced[], parent: CancellationScope) {
    this.#books = books;
    this.part = part;
    this.#scope = new CancellationScope({ cancellable: true, parent });
  }

  run(follow: SliceFollowers | null): Promise<SliceResult> {
    const { busy, runKey } = this.#books;
    const tasks = this.part.map(({ task }) => task);
    const options = { summary: toSummary(textOf(tasks)) };
    const input = { runKey, tasks, ...(follow && { follow }) };
    return this.#scope.run(() => busy.during(() => runSlice.executeWithOptions(options, [input])));
  }

  /** Some of its tasks are cancelled: they end, and with all of them the slice. */
  endCancelled(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    // What could not be written ends the run as a whole: `ProgressLog.failure`.
    void this.#end().catch(() => this.#scope.cancel());
  }

  /** Tasks that it may have begun by itself were given up, which waits to be told to the store: it ends for those that it has. */
  endFollowers(): void {
    this.#hasNamed = true;
    void this.#books
      .flush()
      .then(() => this.#scope.cancel())
      .catch(() => this.#scope.cancel());
  }

  async #end(): Promise<void> {
    for (let tick = 0; tick < settlingTicks; tick++) await Promise.resolve();
    const isMeant = (one: Sliced): boolean => one.isCancelled && !this.#told.has(one);
    for (let meant = this.part.filter(isMeant); meant.length > 0; meant = this.part.filter(isMeant)) {
      if (this.#hasNamed || meant.length < this.part.length) await this.#tell(meant);
      this.#scope.cancel();
      for (const one of meant) this.#told.add(one);
    }
    this.#isEnding = false;
  }

  async #tell(meant: readonly Sliced[]): Promise<void> {
    this.#hasNamed = true;
    for (const { task } of meant) this.#books.keep({ ...this.#books.tasks.get(task.taskId)!, status: 'skipped' });
    await this.#books.flush();
  }
}

function textOf(tasks: readonly SlicedAttempt[]): string {
  const names = tasks.map(({ taskId }) => taskId);
  return names.length === 1 ? `slice: ${names[0]}` : `slice of ${names.length}: ${names.join(', ')}`;
}
