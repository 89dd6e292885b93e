import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setHandler,
} from '@temporalio/workflow';
import type { TaskControl, TaskEnd } from '../../contracts/agent-task.ts';
import type { CarriedRun } from '../../contracts/carried-run.ts';
import type { RunAround } from '../../contracts/orchestrate-input.ts';
import { isRunResult, nestedFailure, progressOfRun, whyNotDone } from '../../domain/run/run-end.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { describeFailure } from '../base/failures.ts';
import { InOrder } from '../base/in-order.ts';
import { taskControlSignal, taskReportSignal } from '../base/task-signals.ts';
import type { Crew } from './crew.ts';

/** Who holds a run for as long as the one around it is paused. */
const aroundName = 'the run around it';

/** The run of which this one is a task: told by signal how this one is, and heard as a task hears its run. */
export class LinkToAround {
  readonly #around: RunAround;
  readonly #crew: Crew;
  #isOnItsOwn: boolean;
  /** What is still under way when an execution goes on as new is lost. */
  readonly #order = new InOrder();
  /** Whether this run is paused because that one is. */
  #isPausing: boolean;
  /** What that run was told last. */
  #isResting: boolean;

  constructor(around: RunAround, crew: Crew, carried: CarriedRun['around']) {
    this.#around = around;
    this.#crew = crew;
    this.#isOnItsOwn = carried?.isOnItsOwn ?? false;
    this.#isPausing = carried?.isPausing ?? false;
    this.#isResting = carried?.isResting ?? false;
    setHandler(taskControlSignal, (control) => this.#hear(control));
    crew.books.onStatus = () => void this.#tellStatus();
  }

  toCarried(): NonNullable<CarriedRun['around']> {
    const isResting = this.#isResting;
    return { isOnItsOwn: this.#isOnItsOwn, isPausing: this.#isPausing, ...(isResting && { isResting }) };
  }

  #hear(control: TaskControl): void {
    const { books, attempts } = this.#crew;
    const { hold, room } = books;
    if (control.kind === 'on-your-own') this.#isOnItsOwn = true;
    else if (control.kind === 'limits') {
      room.release(['budget'], aroundName);
      attempts.limitsChanged();
    } else if (control.kind === 'paused') this.#setPaused(control.isPaused);
    hold.changes++;
    void books.flush();
  }

  #setPaused(isPaused: boolean): void {
    const { hold } = this.#crew.books;
    if (isPaused && hold.pause === null && !hold.isCompensating) {
      this.#isPausing = true;
      hold.pauseRun(aroundName, '');
    } else if (!isPaused && this.#isPausing) {
      this.#isPausing = false;
      hold.resumeRun(aroundName);
    }
  }

  async #tellStatus(): Promise<void> {
    const { status } = this.#crew.books.hold;
    if (status === 'paused' && this.#isPausing) {
      const told = this.#report({ kind: 'idle' });
      // Whoever waits here may tell of a status that is over by then.
      if (!patched('tells-in-order')) await told;
    }
    const isResting = status === 'waiting' || (status === 'paused' && !this.#isPausing);
    if (isResting === this.#isResting) return;
    this.#isResting = isResting;
    await this.#report({ kind: 'rests', isResting });
  }

  /** This run goes on as new: a cancel goes by its id from then on. Waits until all that it told has arrived. */
  async tellMove(isFirst: boolean): Promise<void> {
    if (isFirst && !this.#isOnItsOwn) await this.#report({ kind: 'moves' });
    await this.#order.settled();
  }

  /** Waits for the end of this run, and tells it where nobody else does. @throws what `ending` throws */
  async tellEnd(ending: Promise<RunResult>): Promise<RunResult> {
    const end = await ending.then(endOf, endOfFailure);
    if (this.#isOnItsOwn) await this.#report({ kind: 'ended', attempt: this.#around.attempt, end });
    return ending;
  }

  #report(told: Told): Promise<void> {
    const { runId, taskId } = this.#around;
    const tell = () => getExternalWorkflowHandle(runId).signal(taskReportSignal, { taskId, ...told });
    // A run that is over needs not know.
    return this.#order.next(() => CancellationScope.nonCancellable(tell)).catch(() => undefined);
  }
}

/** What it is told. */
type Told =
  { kind: 'idle' | 'moves' } | { kind: 'rests'; isResting: boolean } | { kind: 'ended'; attempt: number; end: TaskEnd };

function endOf(result: RunResult): TaskEnd {
  const progress = progressOfRun(result);
  if (result.status === 'succeeded') return { kind: 'done', progress };
  return { kind: 'failed', type: nestedFailure, message: whyNotDone(result), progress };
}

function endOfFailure(error: unknown): TaskEnd {
  if (isCancellation(error)) return { kind: 'cancelled' };
  const { type, message, details } = describeFailure(error);
  const [result] = details;
  return isRunResult(result) ? endOf(result) : { kind: 'failed', type, message, progress: null };
}
