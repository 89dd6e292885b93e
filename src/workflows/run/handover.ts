/*
 * A run whose history has become long (src/domain/run/long-history.ts) goes on as new:
 *
 * H1 Nothing is waited for but steps whose results would be lost: activities in flight, updates being handled, what is on its way to child
 *    workflows. Agent loops inside of the run stop between two turns, child workflows go on and tell their end by signal, whoever waits for a
 *    person goes on waiting.
 * H2 When those steps take long, the run goes on here and moves later; only a history that nobody could replay any more makes it wait for them.
 * H3 A run that only waits moves as well, as messages to it make its history long. Once a run looked between two steps only, and later; a
 *    history from then is gone through as it was made.
 * H4 What it would have to carry must fit into a payload. While it does not (a thousand tasks that wait, each with a long text), the run goes on
 *    here: a slow replay is better than an end.
 */
import { CancellationScope, allHandlersFinished, condition, patched, workflowInfo } from '@temporalio/workflow';
import type { HistoryLength, HistoryLimits } from '../../domain/run/long-history.ts';
import {
  formerHistoryLimits,
  historyLimits,
  isLong,
  isTooLong,
  withEvents,
  withOutstanding,
} from '../../domain/run/long-history.ts';
import type { CarriedRun } from '../../contracts/carried-run.ts';
import type { Executions } from '../books/executions.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Attempts } from '../task/attempts.ts';
import { isCarriable } from './carry.ts';

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
  /** What the next execution has to know, as it is now. */
  toCarried: () => CarriedRun;
}

/** Decides when a run goes on as new. */
export class Handover {
  readonly #run: MovingRun;
  readonly #limits: HistoryLimits;
  readonly #formerLimits: HistoryLimits;
  /** An execution that has only just begun has not come any further: with a large plan it begins with a long history. */
  #openedAt = workflowInfo().historyLength;
  /** Bytes of its history that it was given to begin with: the next execution begins with them as well. */
  #given = 0;
  /** Not tried again before so many events. */
  #notBefore = 0;

  constructor(run: MovingRun) {
    const { moveAfterEvents } = run.books;
    this.#run = run;
    this.#limits = withEvents(historyLimits, moveAfterEvents);
    this.#formerLimits = withEvents(formerHistoryLimits, moveAfterEvents);
  }

  /** It has been given what it needs to go on, so many characters: its history counts from here. */
  begins(given: number): void {
    this.#openedAt = workflowInfo().historyLength;
    this.#given = given;
  }

  /** Whether it is time, as a run that waits asks again and again. */
  get isDue(): boolean {
    const hasGoneOn = workflowInfo().historyLength >= this.#openedAt + this.#limits.long.events / 4;
    return hasGoneOn && this.#isTime(this.#limits, this.#expected) && isSooner();
  }

  /** Whether it is time, as a run asks between two steps: for one that began before H3, later. */
  get isDueNow(): boolean {
    return this.isDue || this.#isTime(this.#formerLimits, workflowInfo());
  }

  #isTime(limits: HistoryLimits, history: HistoryLength): boolean {
    const own = { ...history, historySize: history.historySize - this.#given };
    return workflowInfo().historyLength >= this.#notBefore && isLong(own, limits) && this.#mayMove;
  }

  /** The history as it will be when it can move. */
  get #expected(): HistoryLength {
    const { books, attempts } = this.#run;
    return withOutstanding(workflowInfo(), { steps: books.busy.underWay, children: attempts.tiedCount });
  }

  get #mayMove(): boolean {
    const { books, hasFailed } = this.#run;
    const isCancelled = CancellationScope.current().consideredCancelled;
    return books.stop === null && !books.hold.isCompensating && !hasFailed() && !isCancelled;
  }

  /** Brings the run to a rest (H1). @returns what the next execution has to know; null: it goes on here for now (H2, H4) */
  async comesToRest(): Promise<CarriedRun | null> {
    const { books, toCarried } = this.#run;
    const limits = isSooner() ? this.#limits : this.#formerLimits;
    let next: CarriedRun | null = null;
    books.isMoving = true;
    try {
      if (await this.#isBrought(limits)) next = toCarried();
      if (next && !isCarriable(next)) next = null;
      return next;
    } finally {
      if (!next) {
        books.isMoving = false;
        this.#notBefore = workflowInfo().historyLength + limits.long.events / 4;
        books.hold.changes++;
      }
    }
  }

  async #isBrought(limits: HistoryLimits): Promise<boolean> {
    const { books, attempts, executions } = this.#run;
    const isQuiet = (): boolean => books.busy.isIdle && allHandlersFinished() && !executions.isSkipping;
    const isUrgent = isTooLong(limits === this.#limits ? this.#expected : workflowInfo(), limits);
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

// H3. Asked only when it is time: what a run has not come to leaves nothing in its history.
function isSooner(): boolean {
  return patched('moves-while-it-waits');
}
