/*
 * A1 An attempt that was in flight when the run went on as new is taken up where it stood: nothing is asked or paid twice, as every turn
 *    and every tool has a row in the journal, and a child workflow goes on by itself.
 * A2 A child that outlived the execution that started it tells its end by signal; one that died without a word is found.
 * A3 What a run is told before it has taken a child up, the child is told once it has: nobody else tells it.
 */
import { CancellationScope, condition, isCancellation, patched, sleep } from '@temporalio/workflow';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { AgentTaskProgress, TaskReport } from '../../contracts/agent-task.ts';
import type { CarriedAttempt, CarriedRun } from '../../contracts/carried-run.ts';
import type { WaitRequest } from '../../contracts/waiting.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { retrySummary } from '../../domain/run/timer-words.ts';
import { Abandoned } from './abandoned.ts';
import type { Attempt, AttemptPlace } from './attempt.ts';
import { childIdOf, startAttempt, type StartOptions } from './start-attempt.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem, TaskState } from '../books/work-item.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure } from '../base/failures.ts';
import { LoopMoves, movedOrThrow } from './run-link.ts';

// What another attempt of the same task would run into again.
const finalTypes: readonly string[] = [
  failureTypes.budgetExceeded,
  failureTypes.modelRejected,
  failureTypes.invalidInput,
];

/** What is at work, as far as the next execution of the run has to know. */
interface Running extends Pick<CarriedAttempt, 'attempt' | 'before' | 'isResting' | 'isStanding'> {
  /** Id of its child workflow, if it has one. */
  childId: string;
  /** null: it has not begun. */
  attemptRun: Attempt | null;
  scope: CancellationScope;
}

/** The attempts of a run that are in flight. */
export class Attempts {
  readonly #books: RunBooks;
  readonly #place: AttemptPlace;
  readonly #running = new Map<string, Running>();
  /** What children in flight asked for. */
  readonly #relays = new Map<WaitRequest, string>();
  /** Attempts of the execution before that nobody has taken up yet. */
  readonly #carried = new Map<string, CarriedAttempt>();
  readonly #abandoned: Abandoned;
  /** Whether the run was paused when it went on as new: what its children heard last. */
  #wasPaused = false;
  #tellTakenUp: () => void = () => undefined;
  /** Told once what the execution before left is at work again. */
  readonly whenTakenUp = new Promise<void>((resolve) => (this.#tellTakenUp = resolve));
  /** Reports of children that are not taken up yet. */
  #early: TaskReport[] = [];

  constructor(place: AttemptPlace) {
    this.#books = place.books;
    this.#place = place;
    this.#abandoned = new Abandoned(place.books);
  }

  /** Whether the execution before had begun to try this task. */
  isCarried(taskId: string): boolean {
    return this.#carried.has(taskId);
  }

  restore(attempts: readonly CarriedAttempt[]): void {
    this.#wasPaused = this.#books.hold.pause !== null;
    for (const attempt of attempts) {
      this.#carried.set(attempt.taskId, attempt);
      if (attempt.at === 'child') this.#abandoned.add(attempt.taskId);
    }
  }

  toJSON(): CarriedAttempt[] {
    return [...this.#running].map(([taskId, { attempt, before, attemptRun, isResting, isStanding }]) => ({
      ...{ taskId, attempt, before, isIdle: this.#books.hold.isIdle(taskId) },
      ...{ ...(isResting && { isResting }), ...(isStanding && { isStanding }) },
      ...{ at: attemptRun?.at ?? 'held', loop: attemptRun?.loop() ?? null },
    }));
  }

  /** What children wait for. */
  get relays(): [taskId: string, request: WaitRequest][] {
    return [...this.#relays].map(([request, taskId]) => [taskId, request]);
  }

  setPaused(taskId: string, isPaused: boolean): void {
    this.#running.get(taskId)?.attemptRun?.setPaused(isPaused);
  }

  /** Tells everybody at work that the run has other limits. */
  limitsChanged(): void {
    this.#books.hold.limitChanges++;
    for (const { attemptRun } of this.#running.values()) attemptRun?.limitsChanged();
  }

  /** Workflows of attempts at work, by execution. */
  get children(): [executionId: string, workflowId: string][] {
    const children: [string, string][] = [];
    for (const [id, { attemptRun, childId }] of this.#running)
      if (attemptRun?.at === 'child') children.push([id, childId]);
    return children;
  }

  /** How many children {@link letGo} tells. */
  get tiedCount(): number {
    let count = 0;
    for (const { attemptRun } of this.#running.values()) if (attemptRun?.isTied()) count++;
    return count;
  }

  /** Tells every child that from now on it reports its end by signal. @returns whether one had not been told before */
  async letGo(): Promise<boolean> {
    const told = await Promise.all([...this.#running.values()].map(async ({ attemptRun }) => attemptRun?.letGo()));
    return told.includes(true);
  }

  /** A child tells how it is. What comes before the attempt is at work here waits for that. */
  report(report: TaskReport): void {
    const { taskId } = report;
    if (report.kind === 'idle') return this.#idle(report);
    if (report.kind === 'begins') return this.#place.begin(report.tasks);
    if (report.kind === 'called-up' || report.kind === 'woken') return this.#books.hear(report);
    const running = this.#running.get(taskId);
    if (!running?.attemptRun) {
      if (running || this.isCarried(taskId)) this.#early.push(report);
    } else if (report.kind === 'stands') this.#stand(taskId, running, report.isStanding);
    else if (report.kind === 'rests') this.#rest(taskId, running, report.isResting);
    else if (report.kind === 'wait') void this.#relay(taskId, report.request);
    else if (report.kind === 'moves') running.attemptRun.moves();
    else if (report.attempt === running.attempt) running.attemptRun.end(report.end);
  }

  // Before a child's task is taken up, nobody is counted as at work: what the child tells then would be lost.
  #idle(report: TaskReport): void {
    const isEarly = this.isCarried(report.taskId) && patched('keeps-early-idle');
    if (isEarly) this.#early.push(report);
    else this.#books.hold.idle(report.taskId);
  }

  // A run that is a task waits by itself: the clock of this one stands still when all do.
  #rest(taskId: string, running: Running, isResting: boolean): void {
    if ((running.isResting ?? false) === isResting) return;
    if (isResting) running.isResting = true;
    else delete running.isResting;
    const detail = `${running.childId} waits for somebody`;
    this.#books.hold.wait(taskId, isResting ? 1 : -1, isResting ? { cause: 'blocker', detail } : undefined);
    void this.#books.flush();
  }

  // A child that waits for another agent gives its place away meanwhile.
  #stand(taskId: string, running: Running, isStanding: boolean): void {
    if ((running.isStanding ?? false) === isStanding) return;
    if (isStanding) running.isStanding = true;
    else delete running.isStanding;
    this.#place.stands(taskId, isStanding);
  }

  /** Tries a task until it succeeded or may not be tried again, and notes it in its state. Throws only for a cancel. */
  async run(task: WorkItem, state: TaskState): Promise<void> {
    const { hold } = this.#books;
    const carried = this.#carried.get(task.id) ?? null;
    this.#carried.delete(task.id);
    if (carried?.isIdle) hold.idle(task.id);
    const before = carried?.before ?? state.attempts;
    const first = carried?.attempt ?? before + 1;
    try {
      for (let attempt = first; ; attempt++) {
        const childId = childIdOf(this.#books.runId, task, attempt);
        this.#running.set(task.id, { attempt, before, childId, attemptRun: null, scope: CancellationScope.current() });
        if (attempt === first && carried?.isResting) this.#rest(task.id, this.#running.get(task.id)!, true);
        if (attempt === first && carried?.isStanding && carried.at === 'child')
          this.#stand(task.id, this.#running.get(task.id)!, true);
        if (attempt > first) await this.#backOff(task, attempt - before - 1);
        const isLast = attempt - before >= task.retry.maxAttempts;
        const isDone = await this.#tryOnce(task, state, { isLast, carried: attempt === first ? carried : null });
        this.#endRest(task.id);
        if (isDone) return;
      }
    } finally {
      this.#endRest(task.id);
      this.#running.delete(task.id);
      this.#abandoned.delete(task.id);
    }
  }

  #endRest(taskId: string): void {
    const running = this.#running.get(taskId);
    if (running?.isResting) this.#rest(taskId, running, false);
    if (running?.isStanding) this.#stand(taskId, running, false);
  }

  /** @returns whether that was the last one */
  async #tryOnce(
    task: WorkItem,
    state: TaskState,
    { isLast, carried }: { isLast: boolean; carried: CarriedAttempt | null },
  ): Promise<boolean> {
    const { attempt } = this.#running.get(task.id)!;
    state.attempts = attempt;
    try {
      state.progress = await this.#runAttempt(task, attempt, carried);
      Object.assign(state, { status: 'succeeded', head: state.progress.head, error: null });
      if (state.progress.isJson) state.isJson = true;
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { type, message, details } = describeFailure(error);
      state.progress = (details[0] as AgentTaskProgress | undefined) ?? state.progress;
      const books = this.#books;
      if (type === failureTypes.budgetExceeded) books.stopRun('stopped', `BudgetExceeded: ${message}`);
      const willRetry = !books.stop && !finalTypes.includes(type) && !isLast;
      const event = { type: 'task:error', taskId: task.id, error: message, attempt, willRetry } as const;
      books.emit({ key: `error/${toAttemptId(task.id, attempt)}`, ...event });
      const head = state.progress?.head ?? null;
      if (!willRetry) Object.assign(state, { status: 'failed', error: message, failure: type, head });
      return !willRetry;
    }
  }

  async #backOff(task: WorkItem, failed: number): Promise<void> {
    const { hold } = this.#books;
    void this.#books.flush();
    await sleep(task.retry.backoffMs * 2 ** (failed - 1), { summary: toSummary(retrySummary(task.id)) });
    if (!hold.isHeld) return;
    hold.idle(task.id);
    await condition(() => !hold.isHeld);
  }

  #runAttempt(task: WorkItem, attempt: number, carried: CarriedAttempt | null): Promise<AgentTaskProgress> {
    const books = this.#books;
    // What its child asks for later belongs to the same scope, so that it ends when the attempt does.
    const scope = new CancellationScope();
    return scope.run(async () => {
      let how: StartOptions = { attempt, carried, from: null };
      for (;;) {
        if (books.isMoving) await condition(() => !books.isMoving);
        const start = () => startAttempt(this.#place, task, how);
        const attemptRun = await books.busy.inTurn(start, () => !books.isMoving);
        Object.assign(this.#running.get(task.id)!, { attemptRun, scope });
        this.#catchUp(attemptRun, how.carried);
        for (const report of this.#takeEarly(task.id)) this.report(report);
        if (!this.#place.slices) return attemptRun.result;
        const done = await attemptRun.result.catch(movedOrThrow);
        if (!(done instanceof LoopMoves)) return done;
        // Out of a slice, into a workflow of its own.
        how = { attempt, carried: null, from: { ...attemptRun.loop()!, state: done.state } };
      }
    });
  }

  // A3
  #catchUp(attemptRun: Attempt, carried: CarriedAttempt | null): void {
    const { pause, limitChanges } = this.#books.hold;
    const isTakenUp = carried?.at === 'child';
    if (pause) attemptRun.setPaused(true);
    else if (isTakenUp && this.#wasPaused && isToldAll()) attemptRun.setPaused(false);
    if (isTakenUp && limitChanges > 0 && isToldAll()) attemptRun.limitsChanged();
  }

  #takeEarly(taskId: string): TaskReport[] {
    const early = this.#early;
    this.#early = early.filter((report) => report.taskId !== taskId);
    return early.filter((report) => report.taskId === taskId);
  }

  /** Passes on what a child asks for, and the answer to it. */
  async #relay(taskId: string, request: WaitRequest): Promise<void> {
    const running = this.#running.get(taskId);
    const { attemptRun } = running ?? {};
    if (!running || !attemptRun) return;
    this.#relays.set(request, taskId);
    try {
      attemptRun.answer(await running.scope.run(() => this.#place.wait(request)));
    } catch (error) {
      if (!isCancellation(error)) throw error;
    } finally {
      this.#relays.delete(request);
    }
  }

  /** What the execution before left is at work again: looks after its children (A2), and passes on what they asked for before (A3). */
  takenUp(relays: CarriedRun['relays']): void {
    this.#tellTakenUp();
    void this.#abandoned.watch(
      (taskId) => this.#running.get(taskId),
      (report) => this.report(report),
    );
    for (const [taskId, request] of relays) if (isToldAll()) this.report({ taskId, kind: 'wait', request });
  }
}

// What an execution did not tell so far, it does not tell when it is replayed.
function isToldAll(): boolean {
  return patched('tells-what-it-missed');
}
