import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Store } from '../../store/store.ts';
import { RunNotFoundError, type RunCutOffError } from '../errors.ts';
import { CutOffWatch } from './cut-off-watch.ts';
import { toResult } from './ending.ts';
import { Outage, overOutages } from './outage.ts';

// How often we look whether the run has been opened in the store: the time between start and `preparePlan`.
const openPollMs = 50;

/** The run that is followed. */
export interface FollowedRun {
  store: Store;
  runId: string;
  runKey: string;
  cutOff: () => Promise<RunCutOffError | null>;
  /** Settles when Temporal closes the run. */
  ended: () => Promise<unknown>;
  /** Rejects when a worker of this process dies. */
  failures: readonly Promise<never>[];
  /** Aborted when the connections are closed for good. */
  closing: AbortSignal;
}

/** A run's events from `after` + 1 on, over lost connections to the database, until its last one or until the signal aborts. */
export async function* followEvents(
  run: FollowedRun,
  after: number,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<RunEvent> {
  const { cutOff, ended } = run;
  const end = ended();
  await untilOpen(run, end, signal);
  if (signal.aborted) return;
  const watch = new CutOffWatch({ cutOff, ended, end, signal });
  let death: { error: unknown } | undefined;
  for (const failure of run.failures) {
    failure.catch((error: unknown) => {
      death ??= { error };
      watch.stop();
    });
  }
  try {
    yield* overLostConnections(run, after, watch.signal);
    if (watch.found) throw watch.found;
    if (death && !signal.aborted) throw death.error;
  } finally {
    watch.stop();
  }
}

async function* overLostConnections(
  { store, runKey, closing }: FollowedRun,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const outage = new Outage();
  for (let last = after; ;) {
    try {
      for await (const event of store.events.follow(runKey, last, signal)) {
        last = event.seq;
        yield event;
      }
      return;
    } catch (error) {
      if (closing.aborted) throw error;
      await outage.wait(error, signal);
    }
  }
}

async function untilOpen(run: FollowedRun, ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { store, runId, runKey } = run;
  let isOver = false;
  ended.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!signal.aborted) {
    const wasOver = isOver;
    if ((await overOutages(run, () => store.runs.find(runId)))?.runKey === runKey) return;
    // Over and still not there: it never began. The result says why.
    if (wasOver) {
      await ended.catch(toResult);
      // It has a result, so it was there: somebody removed it.
      throw new RunNotFoundError(runId);
    }
    await delay(openPollMs);
  }
}
