import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Store } from '../../store/store.ts';
import { RunNotFoundError } from '../errors.ts';
import { CutOffWatch, type CutOffQuestions } from './cut-off-watch.ts';
import { toResult } from './ending.ts';
import { Outage, overOutages } from './outage.ts';
import { whenFailed } from '../connection/when-failed.ts';

/** The run that is followed. */
export interface FollowedRun extends CutOffQuestions {
  store: Store;
  runId: string;
  runKey: string;
  /** Those of the process, by run key. */
  watches: Map<string, CutOffWatch>;
  /** Rejects when a worker of this process dies. */
  failures: readonly Promise<never>[];
  /** Aborted when the connections are closed for good. */
  closing: AbortSignal;
}

/** Events up to `last` are told. */
interface Place {
  last: number;
}

/** A run's events from `after` + 1 on, over lost connections to the database, until its last one or until the signal aborts. */
export async function* followEvents(
  run: FollowedRun,
  after: number,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<RunEvent> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const watch = CutOffWatch.on(run.watches, run.runKey, run);
  let death: { error: unknown } | undefined;
  const leaving = [
    watch.join(stop),
    whenFailed(run.failures, (error) => {
      death ??= { error };
      stop();
    }),
    () => signal.removeEventListener('abort', stop),
  ];
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const place = { last: after };
  try {
    await untilOpen(run, watch, stopping.signal);
    if (!stopping.signal.aborted) yield* overLostConnections(run, place, stopping.signal);
    if (signal.aborted) return;
    if (watch.found) yield* theRest(run, place);
    if (watch.found) throw watch.found;
    if (death) throw death.error;
  } catch (error) {
    // It was there: somebody removed it.
    const { name, reason } = error as { name?: unknown; reason?: unknown };
    throw name === 'StoreError' && reason === 'not-found' ? new RunNotFoundError(run.runId) : error;
  } finally {
    for (const leave of leaving) leave();
  }
}

async function* overLostConnections(
  { store, runKey, closing }: FollowedRun,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const outage = new Outage();
  for (;;) {
    try {
      for await (const event of store.feed.follow(runKey, place.last, signal)) {
        place.last = event.seq;
        yield event;
      }
      return;
    } catch (error) {
      if (closing.aborted) throw error;
      await outage.wait(error, signal);
    }
  }
}

/** What a run that was cut off had told by then, for whoever reads slowly. */
async function* theRest(run: FollowedRun, place: Place): AsyncGenerator<RunEvent> {
  for (;;) {
    const events = await overOutages(run, () => run.store.events.list(run.runKey, place.last));
    if (events.length === 0) return;
    for (const event of events) {
      place.last = event.seq;
      yield event;
    }
  }
}

async function untilOpen(run: FollowedRun, watch: CutOffWatch, signal: AbortSignal): Promise<void> {
  const { store, runId, runKey } = run;
  const ended = watch.end;
  const waiting = new AbortController();
  const stop = (): void => waiting.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  ended.then(stop, stop);
  try {
    await overOutages(run, () => store.feed.untilOpen(runKey, waiting.signal));
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (!waiting.signal.aborted || signal.aborted) return;
  if (await overOutages(run, () => store.feed.find(runKey))) return;
  // Over and still not there: it never began. The result says why.
  await ended.catch(toResult);
  // It has a result, so it was there: somebody removed it.
  throw new RunNotFoundError(runId);
}
