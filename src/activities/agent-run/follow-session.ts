import { setTimeout as sleep } from 'node:timers/promises';
import type { RunAgentInput } from '../../contracts/agent-run.ts';
import type { AskedCall } from '../../contracts/agent-run.ts';
import { isLooping } from '../../domain/turns/loop-detection.ts';
import type { RunnerEvent, Session, SessionEnd } from '../../runners/runner.ts';
import { isPausing } from '../../store/run/foreign-messages.ts';
import { isPassing } from '../../store/store.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { CallGate } from './decide-call.ts';
import type { SessionRecord } from './record-session.ts';

/** How often it is looked whether the run of a program is paused that tells nothing, in ms. */
const lookEveryMs = 500;

/** How a session ended. `cut`: why it was stopped from here, between two turns; null: it came to its own end. */
export interface Followed {
  end: SessionEnd;
  cut: 'paused' | 'loops' | 'limit' | null;
  asks: AskedCall | null;
}

interface Following {
  session: Session;
  record: SessionRecord;
  gate: CallGate;
  /** See `Runner`. */
  isSilent: boolean;
  /** Keeps its files as they are now. */
  keep: () => Promise<unknown>;
  /** Whether it has to stand aside for another task. */
  isInTheWay: () => Promise<boolean>;
  signal: AbortSignal;
}

/**
 * Follows a session to its end: keeps what it says, decides about its calls, and stops it between two turns where its run is paused, it goes
 * round in circles, or has used up its turns. One that tells nothing is stopped as soon as its run is paused.
 *
 * @throws the signal's reason when aborted; then it is over, too
 */
export async function followSession(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { lastTurn }: Pick<RunAgentInput, 'lastTurn'>,
  { session, record, gate, keep, isInTheWay, isSilent, signal }: Following,
): Promise<Followed> {
  let cut: Followed['cut'] = null;
  let asks: AskedCall | null = null;
  // What goes wrong with it is thrown by the last stop, below.
  const stop = (): void => void session.stop().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const over = new AbortController();
  const asksForPause = (): Promise<boolean> => isPausing(store.sql, run.no);
  const watched = isSilent ? untilPaused(asksForPause, over.signal) : Promise.resolve(false);
  // What goes wrong with it ends the session, too, and is thrown below.
  if (isSilent) void watched.then((isPaused) => (cut = isPaused ? 'paused' : cut)).then(stop, stop);
  try {
    for await (const event of session.events) {
      if (event.type === 'end') {
        signal.throwIfAborted();
        return { end: event, cut, asks };
      }
      if (cut) continue;
      if (event.type === 'permission') asks = (await answer(event, { session, record, gate })) ?? asks;
      else await record.note(event);
      if (event.type !== 'tool-result' || record.isBusy) continue;
      await keep();
      cut = await cutOf(record, { lastTurn, isPausing: async () => (await asksForPause()) || (await isInTheWay()) });
      if (cut) stop();
    }
    throw new Error('a session gave no end');
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    await session.stop();
    await watched;
  }
}

/** Whether a run was paused before it was over. A database that is away is asked again. */
async function untilPaused(asks: () => Promise<boolean>, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    const isPaused = await asks().catch((error: unknown) => {
      if (isPassing(error)) return false;
      throw error;
    });
    if (isPaused) return true;
    await sleep(lookEveryMs, undefined, { signal: over }).catch(() => undefined);
  }
  return false;
}

async function answer(
  event: Extract<RunnerEvent, { type: 'permission' }>,
  { session, record, gate }: Pick<Following, 'session' | 'record' | 'gate'>,
): Promise<AskedCall | null> {
  const { decision, asks, events } = await gate.decide(event, record.keyOf(event.id));
  record.tell(...events);
  await session.answer(event.id, decision);
  return asks;
}

async function cutOf(
  record: SessionRecord,
  { lastTurn, isPausing: asksForPause }: { lastTurn: number; isPausing: () => Promise<boolean> },
): Promise<Followed['cut']> {
  if (isLooping(record.printsNow())) return 'loops';
  if (record.turns >= lastTurn) return 'limit';
  return (await asksForPause()) ? 'paused' : null;
}
