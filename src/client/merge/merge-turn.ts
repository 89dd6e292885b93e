import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';

/** After this time it is told what is waited for, in ms. */
const patienceMs = 500;

const taken = new WeakMap<Session, Map<string, Promise<void>>>();

/**
 * Has one command at a time bring branches of a run in, until its session is closed and the worker of it gone: the next one finds what came of
 * that, and starts a worker of its own where one is needed. A service, whose workers outlive what they are started for, waits for nobody.
 */
export function takeMergeTurn(session: Session, row: Pick<RunRow, 'runKey' | 'runId'>): Promise<void> {
  if (!session.startsWorkers || session.workOutlives) return Promise.resolve();
  const turns = taken.get(session) ?? new Map<string, Promise<void>>();
  taken.set(session, turns);
  const turn = turns.get(row.runKey) ?? waitForTurn(session, row);
  turns.set(row.runKey, turn);
  return turn;
}

async function waitForTurn(session: Session, { runKey, runId }: Pick<RunRow, 'runKey' | 'runId'>): Promise<void> {
  let leave = (): void => undefined;
  const held = new Promise<void>((resolve) => (leave = resolve));
  const words = `Another command brings branches of ${runId} in: waiting for its end`;
  const telling = setTimeout(() => session.say(words), patienceMs);
  try {
    await new Promise<void>((begin, fail) => {
      const turn = session.store.runs.inTurn(`merge/${runKey}`, () => {
        begin();
        return held;
      });
      turn.catch(fail);
      session.cleanup.add(() => {
        leave();
        return turn;
      });
    });
  } finally {
    clearTimeout(telling);
  }
}
