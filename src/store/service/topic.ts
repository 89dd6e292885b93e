import type { RunEvent } from '../../domain/run/run-events.ts';
import { isLastEvent } from '../../domain/run/run-events.ts';
import type { StoryRow } from './feed-rows.ts';

/** How many of a run's newest events are kept for whoever follows it. */
const mostRecent = 128;

/** Somebody who follows a run. */
export interface Follower {
  /** Ends the wait; null: it does not wait. */
  settle: ((error?: unknown) => void) | null;
}

/** A run that is followed: its newest events, without a gap, and who waits for more. */
export class Topic {
  readonly no: number;
  /** Who is here, whether it waits or not. */
  readonly followers = new Set<Follower>();
  readonly #waiting = new Set<Follower>();
  #recent: RunEvent[] = [];
  #known: number;
  #final: number | null;

  constructor({ no, lastSeq, final }: StoryRow) {
    this.no = no;
    this.#known = lastSeq;
    this.#final = final;
  }

  /** Number of the newest event that was heard of. */
  get known(): number {
    return this.#known;
  }

  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether its story ended at that number or before. */
  isOver(after: number): boolean {
    return this.#final !== null && after >= this.#final;
  }

  /** Its events above that number; null: some of them are only in the store. */
  after(seq: number): RunEvent[] | null {
    if (seq >= this.#known) return [];
    const first = this.#recent[0]?.seq;
    if (first === undefined || first > seq + 1) return null;
    return this.#recent.slice(seq + 1 - first);
  }

  /** Takes the events that follow on the known ones. */
  add(events: readonly RunEvent[]): void {
    this.#recent = [...this.#recent, ...events].slice(-mostRecent);
    for (const event of events) {
      this.#known = event.seq;
      if (isLastEvent(event)) this.#final = event.seq;
    }
    for (const follower of [...this.#waiting]) follower.settle?.();
  }

  /** Settles when there is something new, or somebody settles it. @throws what the look at the store came to */
  news(follower: Follower): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(follower);
      follower.settle = (error) => {
        this.#waiting.delete(follower);
        follower.settle = null;
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  fail(error: unknown): void {
    for (const follower of [...this.#waiting]) follower.settle?.(error);
  }
}
