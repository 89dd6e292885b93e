import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { type LeaseLine, openLeaseLine, tieLine, tryLine } from './lease-line.ts';
import {
  endLease,
  endOldLeases,
  endTakenLease,
  giveBackTaken,
  keepTaken,
  lateMs,
  type LateLease,
  leasedIdentities,
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

/** After how many ms without a renewal a connection may be one that brings nothing any more. */
const doubtfulMs = 2 * everyMs;

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
  /**
   * Hands out what dead workers had in hand, by identity; called again when it is done. While it rejects, somebody tries again.
   *
   * @returns how many steps
   */
  handOut: (dead: ReadonlyMap<string, LeaseEnd>) => Promise<number>;
  /** Steps of a workflow are cancelled; null: any of it may be. */
  hearCancelled: (workflowId: string, steps: readonly string[] | null) => void;
  /**
   * Words may have been missed, or this worker was taken for dead: what is at work asks by itself. Each second while none come, also while
   * the database is asked and says nothing.
   */
  missWords: () => void;
  /** What kept it from renewing, or from handing out. */
  warn: (what: string, error: unknown) => void;
}

/** A lease that somebody took. */
interface TakenLease {
  identity: string;
  ended: LeaseEnd;
  /** Its process was looked for. */
  isGone: boolean;
  /** Its worker is given nothing more (L5). */
  isOld: boolean;
}

/** Keeps the lease of a worker, and sees to those of others (worker-leases.ts). */
export class LeaseKeeper {
  readonly #database: Database;
  readonly #holder: LeaseHolder;
  readonly #settledMs: number;
  /** As which it takes leases of others, and tells them of cancels. */
  readonly #id = randomUUID();
  /** Leases that it took, by id: what they were, until all that their workers had in hand is handed out. */
  readonly #taken = new Map<string, TakenLease>();
  readonly #asking: NodeJS.Timeout;
  readonly #running: Promise<void>;
  readonly #toTell = new Map<string, Set<string>>();
  /** Leases of lines that were lost. */
  readonly #left = new Set<string>();
  #line: LeaseLine | null = null;
  #takingOver = new Set<Promise<void>>();
  #handingOut: Promise<void> | null = null;
  #pause = new AbortController();
  #hasTaken = false;
  #isStopping = false;
  #isFailing = false;
  #renewedAt = performance.now();
  /** Since when each renewal came in time, by `performance.now()` (L3). */
  #steadySince: number | null = null;

  constructor(database: Database, holder: LeaseHolder, timing = { settledMs }) {
    this.#settledMs = timing.settledMs;
    this.#database = database;
    this.#holder = holder;
    this.#asking = setInterval(() => this.#askInDoubt(), everyMs).unref();
    this.#running = this.#keep();
  }

  /** Who has a lease on this worker's queue. @throws StoreError */
  leased(): Promise<string[]> {
    return leasedIdentities(this.#database, this.#holder);
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

  /** Ends the lease, in order. Leases of others that it took and has not handed out are the next one's at once. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pause.abort();
    await this.#running;
    clearInterval(this.#asking);
    await Promise.all(this.#takingOver);
    await this.#handingOut;
    await this.#giveBack();
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
      const { signal } = this.#pause;
      await sleep(this.#isStopping ? 0 : everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #renew(): Promise<void> {
    const line = (this.#line ??= await this.#connect());
    // Not waited for: it may have to wait for a connection, and the lease must not.
    void tryLine(this.#database, line);
    const isNewlyTied = await tieLine(line);
    const { id, isRenewed } = line;
    const { gapMs, wasTaken, isTied, others } = await renewLease(line.line, {
      ...this.#holder,
      id,
      isTied: line.isTied,
    });
    line.isRenewed = true;
    // An echo came by chance: this is a pooler's line after all.
    if (line.isTied && !isTied) line.isTied = line.isHeard = false;
    this.#tell();
    // Who took it may have ended it since. Before a line brings words some may have been missed.
    if (wasTaken || (isRenewed && gapMs === null) || isNewlyTied) this.#holder.missWords();
    // After the new one is there: whoever dies in between has one.
    await this.#endLeft(line);
    if (this.#taken.size > 0) await keepTaken(line.line, this.#id, [...this.#taken.keys()]);
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
      this.#holder.warn(`the lease of ${lease.identity} could not be taken`, error),
    );
    this.#takingOver.add(work);
    void work.finally(() => this.#takingOver.delete(work));
  }

  // L4
  async #takeOver({ id, identity, silentForMs }: LateLease, isGone: boolean | null): Promise<void> {
    const ended = await takeLease(this.#database, id, { by: this.#id, isGone });
    if (ended === null) return;
    this.#hasTaken = true;
    this.#taken.set(id, { identity, ended, isGone: isGone === true, isOld: silentForMs > openMs });
    this.#handingOut ??= this.#handOutAll();
  }

  /** One search at a time: a second one beside it would end what the first one had begun again. */
  async #handOutAll(): Promise<void> {
    while (this.#taken.size > 0) {
      const ids = [...this.#taken.keys()];
      try {
        await this.#handOut(ids);
        // L5: what is handed out may be given to it again.
        if (ids.some((id) => this.#taken.has(id))) await sleep(everyMs, undefined, { ref: false });
      } catch (error) {
        const identities = ids.map((id) => this.#taken.get(id)?.identity).join(', ');
        this.#holder.warn(`the steps of ${identities} are not handed out yet`, error);
        // Whoever tries next does so when they are not his any more.
        for (const id of ids) this.#taken.delete(id);
      }
    }
    this.#handingOut = null;
  }

  async #handOut(ids: readonly string[]): Promise<void> {
    const held = new Set(await keepTaken(this.#database, this.#id, ids));
    const dead = new Map<string, LeaseEnd>();
    for (const id of ids) {
      const lease = this.#taken.get(id);
      // It was taken back by its worker, which lives.
      if (!lease || !held.has(id)) this.#taken.delete(id);
      // Of two leases of one worker the careful word counts.
      else if (dead.get(lease.identity) !== 'silent') dead.set(lease.identity, lease.ended);
    }
    const steps = dead.size > 0 ? await this.#holder.handOut(dead) : 0;
    for (const id of held) {
      const { isGone = false, isOld = false } = this.#taken.get(id) ?? {};
      if (steps > 0 && !isGone && !this.#isStopping) continue;
      if (isGone || isOld) await endTakenLease(this.#database, id, this.#id);
      this.#taken.delete(id);
    }
  }

  // One that cannot be given back is somebody's a little later.
  async #giveBack(): Promise<void> {
    if (this.#hasTaken) await giveBackTaken(this.#database, this.#id).catch((error: unknown) => this.#fail(error));
  }

  #askInDoubt(): void {
    const isHeard = this.#line?.isTied && performance.now() - this.#renewedAt < doubtfulMs;
    if (!isHeard) this.#holder.missWords();
  }

  async #connect(): Promise<LeaseLine> {
    const line = await openLeaseLine(this.#database, {
      hear: ({ by, cancelled, steps }) => {
        if (by !== this.#id) this.#holder.hearCancelled(cancelled, steps);
      },
      onLost: ({ id }) => {
        if (this.#line?.id !== id) return;
        this.#line = null;
        this.#left.add(id);
        // At once: without its lock a lease is over soon.
        this.#pause.abort();
      },
    });
    try {
      await endOldLeases(line.line);
      if (line.isLost) throw new Error('the connection was lost');
      return line;
    } catch (error) {
      // A database that answers and cannot do it would get one more connection each second.
      await line.line.close();
      throw error;
    }
  }

  #tell(): void {
    if (this.#toTell.size === 0 || !this.#line) return;
    const words = [...this.#toTell].map(([cancelled, steps]) => ({ by: this.#id, cancelled, steps: [...steps] }));
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
