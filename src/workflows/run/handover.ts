/*
 * A run whose history has become long goes on as new:
 *
 * H1 Nothing is waited for but steps whose results would be lost: activities in flight, updates being handled. Agent loops inside of the run
 *    stop between two turns, child workflows go on and tell their end by signal, whoever waits for a person goes on waiting.
 * H2 When those steps take long, the run goes on here and moves later; only a history near Temporal's limit makes it wait for them.
 */
import { CancellationScope, allHandlersFinished, condition, workflowInfo } from '@temporalio/workflow';
import type { Executions } from '../books/executions.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Attempts } from '../task/attempts.ts';

/** A history is long from here on. Temporal warns at 10,240 events or 10 MB, and ends a run at 51,200 or 50 MB. */
const longHistory = { events: 8000, bytes: 8_000_000 };
const hardHistory = { events: 30_000, bytes: 30_000_000 };

/** How long new work is held back for steps in flight, in ms. */
const patienceMs = 10_000;

/** Promises that follow from one step, at most: whoever went on by then has begun its next step. */
const settlingTicks = 200;

/** What of a run has to come to a rest. */
interface MovingRun {
  books: RunBooks;
  attempts: Attempts;
  executions: Executions;
  /** Whether something went wrong that no task stands for. */
  hasFailed: () => boolean;
}

/** Decides when a run goes on as new. */
export class Handover {
  readonly #run: MovingRun;
  readonly #events: number;
  /** Not tried again before so many events. */
  #notBefore = 0;

  constructor(run: MovingRun, moveAfterEvents = longHistory.events) {
    this.#run = run;
    this.#events = moveAfterEvents;
  }

  get isDue(): boolean {
    const { historyLength, historySize } = workflowInfo();
    const isLong = historyLength >= this.#events || historySize >= longHistory.bytes;
    return isLong && historyLength >= this.#notBefore && this.#mayMove;
  }

  get #mayMove(): boolean {
    const { books, hasFailed } = this.#run;
    const isCancelled = CancellationScope.current().consideredCancelled;
    return books.stop === null && !books.hold.isCompensating && !hasFailed() && !isCancelled;
  }

  /** Brings the run to a rest (H1). @returns whether it came to one; otherwise it goes on here for now (H2) */
  async comesToRest(): Promise<boolean> {
    const { books } = this.#run;
    let isAtRest = false;
    books.isMoving = true;
    try {
      isAtRest = await this.#isBrought();
      return isAtRest;
    } finally {
      if (!isAtRest) {
        books.isMoving = false;
        this.#notBefore = workflowInfo().historyLength + this.#events / 4;
        books.hold.changes++;
      }
    }
  }

  async #isBrought(): Promise<boolean> {
    const { books, attempts, executions } = this.#run;
    const isQuiet = (): boolean => books.busy.isIdle && allHandlersFinished() && !executions.isSkipping;
    const { historyLength, historySize } = workflowInfo();
    const isUrgent = historyLength > hardHistory.events || historySize > hardHistory.bytes;
    for (;;) {
      const isThere = (): boolean => isQuiet() || !this.#mayMove;
      if (isUrgent) await condition(isThere);
      else if (!(await condition(isThere, patienceMs))) return false;
      // Somebody may just have been given what it waited for.
      for (let tick = 0; tick < settlingTicks; tick++) await Promise.resolve();
      if (!this.#mayMove) return false;
      // A child that has only just started is told now.
      if (!isQuiet() || (await attempts.letGo())) continue;
      if (books.log.isEmpty) return true;
      await books.flush();
    }
  }
}
