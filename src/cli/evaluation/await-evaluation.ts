import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '../../client/connection/session.ts';
import { createRun } from '../../client/create-run.ts';
import type { Run } from '../../client/run.ts';
import type { KeptEvaluation } from '../../domain/evaluation/evaluation.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { emptyRunState, reduceRun, waitsOf } from '../../domain/run/run-state.ts';
import type { Interruption } from '../base/interruption.ts';

/** How long the workflow may take from its result to the start of its evaluation, in ms. */
const startsWithinMs = 30_000;
const everyMs = 50;
/** How long to wait for Temporal to close it, so that the worker of this process may leave. */
const closingMs = 5000;

/** Whoever followed a run to its end. */
interface Follower {
  session: Session;
  interruption: Pick<Interruption, 'signal'>;
  /** Empty when the worker is elsewhere. */
  workerFailed: Promise<never>[];
}

/**
 * Waits for the run that evaluates a run by itself, as its file says: that goes on when the run has ended, and may need a worker of this process.
 *
 * @returns null: none does, nobody waits any more, or nothing came of it so far, as when it waits for a person
 */
export async function awaitEvaluation(
  { session, interruption: { signal }, workerFailed }: Follower,
  { runId, evaluation }: Pick<RunResult, 'runId' | 'evaluation'>,
): Promise<KeptEvaluation | null> {
  if (!evaluation || signal.aborted) return null;
  const { runs } = session.store;
  const row = await untilOpened(session, evaluation.run, signal);
  if (!row) return null;
  const run = createRun(session, row);
  const followed = followToEnd(run, signal);
  followed.catch(() => undefined);
  if (!(await Promise.race([followed, ...workerFailed]))) return null;
  if (workerFailed.length > 0) await run.closed(closingMs);
  const evaluated = await runs.find(runId);
  return evaluated ? ((await runs.evaluations(evaluated.runKey)).findLast(({ by }) => by === run.id) ?? null) : null;
}

/** Whether it came to its end. */
async function followToEnd(run: Run, signal: AbortSignal): Promise<boolean> {
  let state = emptyRunState;
  try {
    for await (const event of run.events({ signal })) {
      state = reduceRun(state, event);
      if (waitsOf(state).length > 0) return false;
    }
    return !signal.aborted;
  } catch (error) {
    if (error instanceof Error && error.name === 'RunCutOffError') return false;
    throw error;
  }
}

async function untilOpened({ store }: Session, id: string, signal: AbortSignal) {
  for (const end = Date.now() + startsWithinMs; Date.now() < end && !signal.aborted; await delay(everyMs)) {
    const row = await store.runs.find(id);
    if (row) return row;
  }
  return null;
}
