import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { type LeaseLine, openLeaseLine, tryLine } from './lease-line.ts';
import {
  endLease,
  endOldLeases,
  endTakenLease,
  lateMs,
  type LateLease,
  type LeaseEnd,
  openMs,
  renewLease,
  silentMs,
  takeLease,
  type WorkerLease,
} from './worker-leases.ts';
import { tellWorkers } from './worker-words.ts';

/** How often a lease is renewed. */
const everyMs = 1000;

/** After how many ms without a renewal somebody was away himself (L3). */
const awayMs = 3000;

/**
 * For how many ms somebody has to be there before he judges others (L3).
 *
 * @internal
 */
export const settledMs = 5000;

/** What a worker does with what it hears. */
export interface LeaseHolder extends Pick<WorkerLease, 'identity' | 'place' | 'namespace' | 'taskQueue'> {
  /** Whether the process behind an identity of this place is not there any more. */
  isGone: (identity: string) => boolean;
  /** Hands out what a dead worker had in hand. While it rejects, somebody tries again. @returns how many steps */
  handOut: (identity: string, ended: LeaseEnd) => Promise<number>;
  /** Steps of a workflow are cancelled; null: any of it may be. */
  hearCancelled: (workflowId: string, steps: readonly string[] | null) => void;
  /** Words may have been missed, or this worker was taken for dead: what is at work asks by itself. Each second until they come again. */
  missWords: () => void;
  /** What kept it from renewing, or from handing out. */
  warn: (what: string, error: unknown) => void;
}

/** Keeps the lease of a worker, and sees to those of others (worker-leases.ts). */
export class LeaseKeeper {
  readonly #database: Database;
  readonly #holder: LeaseHolder;
  readonly #settledMs: number;
  readonly #handingOut = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  readonly #toTell = new Map<string, Set<string>>();
  /** Leases of lines that were lost. */
  readonly #left = new Set<string>();
  #line: LeaseLine | null = null;
  #pause = new AbortController();
  #isStopping = false;
  #isFailing = false;
  #renewedAt = performance.now();
  /** Since when each renewal came in time, by `performance.now()` (L3). */
  #steadySince: number | null = null;

  constructor(database: Database, holder: LeaseHolder, timing = { settledMs }) {
    this.#settledMs = timing.settledMs;
    this.#database = database;
    this.#holder = holder;
    this.#running = this.#keep();
  }

  /** Has workers everywhere hear that steps of a workflow are cancelled: this one at once, others as soon as there is a line to them. */
  tellCancelled(workflowId: string, steps: readonly string[]): void {
    this.#holder.hearCancelled(workflowId, steps);
    // A run that is cancelled says so of many steps in one go.
    if (this.#toTell.size === 0) setImmediate(() => this.#tell());
    const known = this.#toTell.get(workflowId) ?? new Set();
    this.#toTell.set(workflowId, known);
    for (const step of steps) known.add(step);
  }

  /** Ends the lease, in order. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pause.abort();
    await this.#running;
    await Promise.all(this.#handingOut);
    if (!this.#line) return;
    this.#left.add(this.#line.id);
    // One that cannot be ended is taken for a dead worker's, with nothing in hand.
    await this.#endLeft(this.#line).catch((error: unknown) =>
      this.#holder.warn('the lease of this worker was not ended', error),
    );
    await this.#line.line.close();
  }

  async #keep(): Promise<void> {
    while (!this.#isStopping) {
      this.#pause = new AbortController();
      await this.#renew().then(
        () => (this.#isFailing = false),
        (error: unknown) => this.#fail(error),
      );
      if (!this.#line?.isTied) this.#holder.missWords();
      const { signal } = this.#pause;
      await sleep(this.#isStopping ? 0 : everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #renew(): Promise<void> {
    const line = (this.#line ??= await this.#connect());
    // Not waited for: it may have to wait for a connection, and the lease must not.
    void tryLine(this.#database, line);
    await this.#endLeft(line);
    const { id, isTied } = line;
    const { gapMs, wasTaken, others } = await renewLease(line.line, { ...this.#holder, id, isTied });
    this.#tell();
    if (wasTaken) this.#holder.missWords();
    const now = performance.now();
    // L3: by both clocks, as one of them stands still with the machine.
    if (gapMs === null || gapMs > awayMs || now - this.#renewedAt > awayMs) this.#steadySince = null;
    this.#steadySince ??= now;
    this.#renewedAt = now;
    for (const lease of others) this.#look(lease, now - this.#steadySince);
  }

  #fail(error: unknown): void {
    this.#steadySince = null;
    if (!this.#isFailing) this.#holder.warn('the lease of this worker could not be renewed', error);
    this.#isFailing = true;
  }

  #look(lease: LateLease, steadyMs: number): void {
    const isGone = lease.isNear ? this.#holder.isGone(lease.identity) : null;
    // A process that lives has lost its connection alone, and will be back.
    const [lateness, settled] = lease.isTied && isGone === null ? [lateMs, this.#settledMs] : [silentMs, silentMs];
    if (isGone !== true && (lease.silentForMs < lateness || steadyMs < settled)) return;
    const work = this.#takeOver(lease, isGone).catch((error: unknown) =>
      this.#holder.warn(`the steps of ${lease.identity} are left to their timeouts`, error),
    );
    this.#handingOut.add(work);
    void work.finally(() => this.#handingOut.delete(work));
  }

  // L4
  async #takeOver({ id, identity, silentForMs }: LateLease, isGone: boolean | null): Promise<void> {
    const by = this.#line?.id;
    if (by === undefined) return;
    const ended = await takeLease(this.#database, id, { by, isGone });
    if (ended === null) return;
    // L5: what is handed out may be given to it again.
    while ((await this.#holder.handOut(identity, ended)) > 0 && !this.#isStopping && isGone !== true)
      await sleep(everyMs, undefined, { ref: false });
    if (isGone === true || silentForMs > openMs) await endTakenLease(this.#database, id, by);
  }

  async #connect(): Promise<LeaseLine> {
    const line = await openLeaseLine(this.#database, {
      hear: ({ by, cancelled, steps }) => {
        if (by !== this.#line?.id) this.#holder.hearCancelled(cancelled, steps);
      },
      onLost: ({ id }) => {
        if (this.#line?.id === id) this.#line = null;
        this.#left.add(id);
        // At once: without its lock a lease is over soon.
        this.#pause.abort();
      },
    });
    if (line.isLost) throw new Error('the connection was lost');
    await endOldLeases(line.line);
    return line;
  }

  #tell(): void {
    if (this.#toTell.size === 0 || !this.#line) return;
    const by = this.#line.id;
    const words = [...this.#toTell].map(([cancelled, steps]) => ({ by, cancelled, steps: [...steps] }));
    this.#toTell.clear();
    void tellWorkers(this.#line.line, words).catch((error: unknown) =>
      this.#holder.warn('other workers hear of cancels by heartbeats alone', error),
    );
  }

  async #endLeft({ line }: LeaseLine): Promise<void> {
    for (const id of this.#left) {
      // Somebody took it, or is about to hand its steps out.
      if (!(await endLease(line, id))) this.#holder.missWords();
      this.#left.delete(id);
    }
  }
}
