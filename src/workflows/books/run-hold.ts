import { patched } from '@temporalio/workflow';
import type { CarriedControl } from '../../contracts/carried-run.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { RunStatus } from '../../domain/run/run-result.ts';
import { refused } from '../base/failures.ts';

/** A task that is at work, as far as the run's status goes. */
interface Worker {
  isIdle: boolean;
  setPaused: (isPaused: boolean) => void;
}

/** Whether a run may go on, and what it is called meanwhile: one place, so that no two faces disagree. */
export class RunHold {
  /** Why the run is paused; null: it is not. */
  pause: { by: string; reason: string } | null = null;
  /** Why nothing new starts until somebody resumes (a provider that refuses everything); null: it may. */
  breaker: string | null = null;
  isCompensating = false;
  /** Somebody cancelled it: it is about to end. */
  isCancelled = false;
  /** How often the limits on money changed in which time alone makes room. */
  limitChanges = 0;
  /** Counts up whenever something changed that the scheduler should look at. */
  changes = 0;
  /** How often the run was paused. */
  pauses = 0;
  /** How often the calls of tasks inside of the run were told that their turn has come. */
  readonly #calledUp = new Map<string, number>();
  readonly #workers = new Map<string, Worker>();
  /** Tasks that wait for somebody, at work or not yet, and how often. */
  readonly #waits = new Map<string, number>();
  readonly #emit: (event: RunEventDraft) => void;
  #told: RunStatus = 'running';
  #tellings = 0;
  #resumedBy = '';
  #firstWait: CarriedControl['firstWait'] = null;

  constructor(emit: (event: RunEventDraft) => void) {
    this.#emit = emit;
  }

  /** What the next execution of the run has to know; who works and who waits tells itself anew. */
  toJSON(): CarriedControl {
    const { pause, breaker } = this;
    return {
      pause,
      breaker,
      told: this.#told,
      tellings: this.#tellings,
      resumedBy: this.#resumedBy,
      firstWait: this.#firstWait,
    };
  }

  restore({ pause, breaker, told, tellings, resumedBy, firstWait }: CarriedControl): void {
    Object.assign(this, { pause, breaker });
    this.#told = told;
    this.#tellings = tellings;
    this.#resumedBy = resumedBy;
    this.#firstWait = firstWait;
  }

  /** Whether a task stands still because the run is paused. */
  isIdle(taskId: string): boolean {
    return this.#workers.get(taskId)?.isIdle ?? false;
  }

  /** Whether somebody has to resume before anything goes on. */
  get isHeld(): boolean {
    return this.pause !== null || this.breaker !== null;
  }

  get mayStart(): boolean {
    return !this.isHeld && !this.isCompensating;
  }

  /** Whether nobody works because somebody is waited for. */
  get isWaiting(): boolean {
    return this.status === 'paused' || this.status === 'waiting';
  }

  get status(): RunStatus {
    if (this.isCompensating) return 'compensating';
    const isAtWork = [...this.#workers].some(([id, worker]) => !worker.isIdle && !this.#waits.has(id));
    if (this.pause) return isAtWork ? 'pausing' : 'paused';
    if (isAtWork) return 'running';
    return this.breaker !== null || this.#waits.size > 0 ? 'waiting' : 'running';
  }

  /** The newest status that nobody has been told; null: none. */
  takeNews(): RunStatus | null {
    const status = this.status;
    if (status === this.#told) return null;
    const key = `status/${++this.#tellings}`;
    // What of a cancelled run waits or stands still is about to end: nobody holds it up, and nobody has resumed it.
    if (!this.isCancelled) this.#tell(status, key);
    this.#told = status;
    return status;
  }

  #tell(status: RunStatus, key: string): void {
    if (status === 'pausing' || status === 'paused') {
      const { by, reason } = this.pause!;
      this.#emit({ key, type: 'run:paused', state: status, by, reason });
    } else if (status === 'waiting') {
      const why = this.#firstWait ?? { cause: 'blocker', detail: '' };
      this.#emit({ key, type: 'run:waiting', ...why, detail: this.breaker ?? why.detail });
    } else if (status === 'running') {
      this.#emit({ key, type: 'run:resumed', by: this.#resumedBy });
      this.#resumedBy = '';
    }
  }

  start(taskId: string, setPaused: Worker['setPaused']): void {
    this.#workers.set(taskId, { isIdle: false, setPaused });
    if (this.pause) setPaused(true);
    this.changes++;
  }

  end(taskId: string): void {
    this.#workers.delete(taskId);
    this.changes++;
  }

  idle(taskId: string): void {
    const worker = this.#workers.get(taskId);
    if (worker && this.pause) worker.isIdle = true;
    this.changes++;
  }

  callsOf(taskId: string): number {
    return this.#calledUp.get(taskId) ?? 0;
  }

  callUp(taskId: string): void {
    this.#calledUp.set(taskId, this.callsOf(taskId) + 1);
  }

  /** A task waits, or goes on. @returns whether it waits now */
  wait(taskId: string, by: 1 | -1, why?: NonNullable<CarriedControl['firstWait']>): boolean {
    if (why) this.#firstWait = why;
    const waits = (this.#waits.get(taskId) ?? 0) + by;
    if (waits > 0) this.#waits.set(taskId, waits);
    else this.#waits.delete(taskId);
    this.changes++;
    return waits > 0;
  }

  /** @throws ApplicationFailure when it is paused already */
  checkPause(): void {
    if (this.pause)
      throw refused(`the run is ${this.status === 'pausing' ? 'pausing' : 'paused'} already, by ${this.pause.by}`);
    if (this.isCompensating) throw refused('the run is being undone: it cannot be paused');
  }

  pauseRun(by: string, reason: string): void {
    this.pause = { by, reason };
    this.pauses++;
    for (const worker of this.#workers.values()) worker.setPaused(true);
    this.changes++;
  }

  /** The run is being undone from now on. What held it back holds the undoing back no more: nobody could resume that. */
  beginUndoing(): void {
    this.isCompensating = true;
    if (this.isHeld && patched('undoing-is-not-held')) Object.assign(this, { pause: null, breaker: null });
  }

  resumeRun(by: string): void {
    this.pause = null;
    this.breaker = null;
    this.#resumedBy = by;
    for (const worker of this.#workers.values()) {
      worker.isIdle = false;
      worker.setPaused(false);
    }
    this.changes++;
  }
}
