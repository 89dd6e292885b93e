import type { RunEvent } from '../../domain/run/run-events.ts';

/** Where a run's story stands. */
export interface Story {
  /** Number of its newest event. */
  lastSeq: number;
  /** Number of the event that ended it; null: it goes on. */
  final: number | null;
}

/** Events of runs as they are told. */
export interface Feed {
  /**
   * A run's events after a number, one by one, until its last one or until the signal aborts; at once over when that one is known.
   *
   * @throws StoreError `not-found` where there is no such run, or none any more
   */
  follow(runKey: string, after: number, signal: AbortSignal): AsyncGenerator<RunEvent>;
  /** Where a run's story stands; undefined: there is no such run, or no worker has opened it yet. */
  find(runKey: string): Promise<Story | undefined>;
  /** Waits until a worker has opened a run, or the signal aborts. @throws StoreError when the database cannot be asked */
  untilOpen(runKey: string, signal: AbortSignal): Promise<void>;
  /** How many follow a run in this process. */
  readonly followers: number;
}
