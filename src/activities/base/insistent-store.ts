/*
 * What was paid for is written down while there is anybody who can:
 * I1 What closes a row of the journal, or bills what a call used, is tried again until the step really ends; Temporal hears meanwhile
 *    that somebody is at work on it. A step that was ended has a moment left for it.
 * I2 While that goes on, no further call of a model is begun: its answer could not be written down either.
 * I3 A step that finds the database away, crowded or hindered begins again when it answers. Its attempts are for what the step itself
 *    does: an outage costs time, and none of them. What it waits for is told meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { WorkerStore } from '../../store/open-store.ts';
import { pingStore } from '../../store/database/inspect.ts';
import { isPassing } from '../../store/store.ts';
import { tellHindrance, withHeartbeat } from './activity-context.ts';

const firstPauseMs = 50;
const longestPauseMs = 2000;
/** Shorter than what a worker that stops has left once it cuts its steps off. */
const lastChanceMs = 3000;

/** A store for activities that does not give up on what was paid for (I1, I2). */
export function insistentStore(store: WorkerStore): WorkerStore {
  const open = new Set<Promise<unknown>>();
  const insist = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    try {
      return await write();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const again = withHeartbeat(() => tryAgain(write, error));
      open.add(again);
      return await again.finally(() => open.delete(again));
    }
  };
  const { journal, commits } = store;
  return {
    ...store,
    commits: { query: (text, values) => insist(() => commits.query(text, values)) },
    journal: {
      ...journal,
      async beginModel(intent) {
        // I2
        while (open.size > 0) await Promise.race([Context.current().cancelled, Promise.allSettled(open)]);
        return journal.beginModel(intent);
      },
      commitModel: (outcome) => insist(() => journal.commitModel(outcome)),
      isDoneBy: (no, key, token) => insist(() => journal.isDoneBy(no, key, token)),
      commitTool: (outcome) => insist(() => journal.commitTool(outcome)),
      drop: (no, key, token) => insist(() => journal.drop(no, key, token)),
    },
  };
}

/**
 * Does a step, and again when the database was in its way and answers (I3); what it had done by then, the journal knows.
 *
 * @param work what is done; `isRepeated`: it was begun before, by this attempt or another one
 */
export async function outlast<Result>(
  { sql }: Pick<WorkerStore, 'sql'>,
  work: (isRepeated: boolean) => Promise<Result>,
): Promise<Result> {
  return withHeartbeat(async () => {
    const { cancellationSignal: signal, info } = Context.current();
    let isRepeated = info.attempt > 1;
    const isOver = lastChance(signal);
    // One that answers may still not be able to do this.
    for (let pauseMs = firstPauseMs; ; pauseMs = longer(pauseMs)) {
      try {
        return await work(isRepeated);
      } catch (error) {
        if (!isPassing(error) || isOver()) throw error;
        await tryAgain(() => pingStore(sql), error, pauseMs);
        isRepeated = true;
      }
    }
  });
}

/** Whether an activity that has been told to end has had its last chance to write. */
function lastChance(signal: AbortSignal): () => boolean {
  let endedAt: number | undefined;
  return () => {
    if (signal.aborted) endedAt ??= performance.now();
    return endedAt !== undefined && performance.now() > endedAt + lastChanceMs;
  };
}

async function tryAgain<Result>(write: () => Promise<Result>, error: Error, startMs = firstPauseMs): Promise<Result> {
  const { cancellationSignal: signal } = Context.current();
  const isOver = lastChance(signal);
  const told = tellHindrance(error.message);
  try {
    for (let pauseMs = startMs; ; pauseMs = longer(pauseMs)) {
      await sleep(signal.aborted ? firstPauseMs : pauseMs, undefined, signal.aborted ? {} : { signal }).catch(
        () => undefined,
      );
      if (isOver()) throw error;
      try {
        return await write();
      } catch (latest) {
        if (!isPassing(latest)) throw latest;
      }
    }
  } finally {
    told.isOver();
  }
}

function longer(pauseMs: number): number {
  return Math.min(2 * pauseMs, longestPauseMs);
}
