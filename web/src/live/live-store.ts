import { GafferError } from '../../../src/domain/errors.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { hasEnded } from '../../../src/domain/run/run-state.ts';
import {
  keptEvents,
  unknownRun,
  withArrivals,
  withHistory,
  withState,
  type Arrival,
  type LiveRun,
} from './live-run.ts';
import type { RunSource } from './run-source.ts';

/*
 * What keeps a page's knowledge of a run:
 *
 * S1 It begins with the state and goes on behind that state's number, so whoever joins late sees everything, and once.
 * S2 Whatever comes, those who show it hear of it at most four times a second; the first of it at once.
 * S3 While the service is away what is known stays, and says so; it goes on behind the last number, for as long as it takes.
 * S4 What events do not tell is asked for: the view when the status is another, and what Temporal says while nothing moves.
 * S5 Nothing comes any more of a run that has ended but what undoes it: that is looked for now and then.
 */

const flushEveryMs = 250;
const tickMs = 1000;
/** Nothing moved for so long: Temporal is asked why, and again each time it goes by. */
const quietMs = 5000;
const viewEveryMs = 2000;
const lookAtEndedMs = 10_000;
/** Before the service is asked again, once the transport's own patience is over. */
const awayMs = 2000;

/** What a page knows of a run, kept up to date while it runs. */
export class LiveStore {
  readonly #source: RunSource;
  readonly #listeners = new Set<() => void>();
  #live: LiveRun;
  #arrived: Arrival[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | null = null;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #running: AbortController | null = null;
  #movedAt = 0;
  #standingAt = Number.NEGATIVE_INFINITY;
  #viewAt = Number.NEGATIVE_INFINITY;
  #lookedAt = 0;
  /** What was told before was asked for, and came or may come. */
  #hasAskedHistory = false;
  /** Of what the view has to be told anew (S4). */
  #viewed = '';

  constructor(id: string, source: RunSource) {
    this.#source = source;
    this.#live = unknownRun(id);
  }

  get current(): LiveRun {
    return this.#live;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Events from before number `before`, oldest first: the newest `limit` of them. */
  readonly older = async (before: number, limit: number, signal?: AbortSignal): Promise<RunEvent[]> => {
    const after = Math.max(0, before - 1 - limit);
    return (await this.#source.events(after, before - 1 - after, signal)).events;
  };

  /** Begins, or goes on from what is known. */
  start(): void {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#movedAt = Date.now();
    this.#ticker = setInterval(() => this.#tick(running.signal), tickMs);
    void this.#go(running.signal);
  }

  /** Lets go of the service; what is known stays. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
    clearInterval(this.#ticker);
    this.#flush();
  }

  /** Asks anew for what no event tells: somebody did something. */
  refresh(): void {
    const signal = this.#running?.signal;
    if (!signal) return;
    void this.#askView(signal);
    void this.#askStanding(signal);
    if (this.#live.connection === 'over') void this.#lookAtEnded(signal);
  }

  async #go(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // S1
        if (!this.#live.isLoaded) await this.#load(signal);
        await this.#follow(signal);
        this.#end(signal, null);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isAway(error)) {
          this.#end(signal, error as Error);
          return;
        }
        // S3
        this.#set({ connection: 'away' });
        await pause(awayMs, signal);
      }
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const state = await this.#source.state();
    if (signal.aborted) return;
    this.#live = withState(this.#live, state);
    this.#tell();
    void this.#askView(signal);
    void this.#askStanding(signal);
    this.#askHistory(signal);
  }

  #askHistory(signal: AbortSignal): void {
    if (this.#hasAskedHistory) return;
    this.#hasAskedHistory = true;
    void this.#loadHistory(signal).catch(() => {
      this.#hasAskedHistory = false;
    });
  }

  async #loadHistory(signal: AbortSignal): Promise<void> {
    const before = (this.#live.events[0]?.seq ?? this.#live.lastSeq + 1) - 1;
    const limit = Math.min(before, keptEvents);
    if (limit === 0) return;
    const { events } = await this.#source.events(before - limit, limit, signal);
    this.#live = withHistory(this.#live, events);
    this.#tell();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const onLost = (): void => this.#set({ connection: 'away' });
    const onOpen = (): void => {
      this.#set({ connection: 'live' });
      this.#askHistory(signal);
    };
    const onDelta = (delta: Arrival): void => this.#arrive(delta);
    for await (const event of this.#source.follow(this.#live.lastSeq, signal, { onDelta, onOpen, onLost }))
      this.#arrive(event);
  }

  #end(signal: AbortSignal, problem: Error | null): void {
    if (signal.aborted) return;
    this.#flush();
    this.#set({ connection: 'over', problem, deltas: new Map() });
    this.#lookedAt = Date.now();
    void this.#askView(signal);
    void this.#askStanding(signal);
  }

  #arrive(arrival: Arrival): void {
    this.#arrived.push(arrival);
    this.#movedAt = Date.now();
    // S2
    this.#flushTimer ??= setTimeout(() => this.#flush(), Math.max(0, this.#flushedAt + flushEveryMs - Date.now()));
  }

  #flush(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    if (this.#arrived.length === 0) return;
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#flushedAt = Date.now();
    this.#live = withArrivals(this.#live, arrived);
    // Somebody works on it again.
    if (this.#live.view?.status === 'parked') this.#viewed = '';
    this.#tell();
  }

  #set(change: Partial<LiveRun>): void {
    const keys = Object.keys(change) as (keyof LiveRun)[];
    if (keys.every((key) => Object.is(change[key], this.#live[key]))) return;
    this.#live = { ...this.#live, ...change };
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #tick(signal: AbortSignal): void {
    const { isLoaded, state, connection, problem, standing } = this.#live;
    if (!isLoaded || connection === 'away') return;
    const now = Date.now();
    // S4
    if (aboutOf(state) !== this.#viewed && now - this.#viewAt >= viewEveryMs) void this.#askView(signal);
    const isOpen = connection === 'live' && !hasEnded(state.status);
    const mayStand = now - this.#movedAt >= quietMs || standing?.held !== undefined;
    if (isOpen && mayStand && now - this.#standingAt >= quietMs) void this.#askStanding(signal);
    // S5
    if (connection === 'over' && !isGone(problem) && now - this.#lookedAt >= lookAtEndedMs)
      void this.#lookAtEnded(signal);
  }

  async #askView(signal: AbortSignal): Promise<void> {
    const about = aboutOf(this.#live.state);
    const before = this.#viewed;
    this.#viewAt = Date.now();
    const view = await this.#source.view(signal).catch(passOver);
    if (!view || signal.aborted) return;
    // Meanwhile it may have become of no matter what was known.
    if (this.#viewed === before) this.#viewed = about;
    this.#set({ view });
  }

  async #askStanding(signal: AbortSignal): Promise<void> {
    this.#standingAt = Date.now();
    const standing = await this.#source.standing(signal).catch(passOver);
    if (standing && !signal.aborted) this.#set({ standing });
  }

  async #lookAtEnded(signal: AbortSignal): Promise<void> {
    this.#lookedAt = Date.now();
    this.#askHistory(signal);
    try {
      const { events } = await this.#source.events(this.#live.lastSeq, keptEvents, signal);
      if (events.length > 0 && !signal.aborted) for (const event of events) this.#arrive(event);
    } catch (error) {
      if (!signal.aborted && isGone(error)) this.#set({ problem: error as Error });
    }
  }
}

/** What the view is another for (S4). */
function aboutOf({ status, hold, waits }: LiveRun['state']): string {
  return `${status} ${hold?.since ?? ''} ${waits.size}`;
}

// What is none of ours is a mistake of the page: asking again would come to the same for ever.
function isAway(error: unknown): boolean {
  return error instanceof GafferError && error.kind === 'unreachable';
}

/** Whether it is no more, or never was. */
function isGone(problem: unknown): boolean {
  return problem instanceof GafferError && problem.kind === 'not-found';
}

// What could not be asked is asked again with the next occasion; that the service is away shows elsewhere (S3).
function passOver(): null {
  return null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
