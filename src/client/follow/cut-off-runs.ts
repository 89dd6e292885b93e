import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import type { RunIdentity } from '../start/start-workflow.ts';

/** A run that may be asked about. */
type AskedRow = RunIdentity & Pick<RunRow, 'status'>;

/** How many runs are asked about: the newest that the store takes for open. */
export const mostAsked = 50;
/** How long a list waits for Temporal's word on all of them, in ms. */
const withinMs = 3000;

/**
 * How Temporal closed those of these runs that the store takes for open, by run key: the store hears nothing of a terminate.
 *
 * Where Temporal is not there or does not answer, the store's word has to do: nothing is started for it.
 */
export async function findCutOffs(session: Session, rows: readonly AskedRow[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const open = rows.filter(({ status }) => !hasEnded(status)).slice(0, mostAsked);
  if (open.length === 0) return found;
  const { createRun } = await import('../create-run.ts');
  const ask = async (row: AskedRow): Promise<void> => {
    const cutOff = await createRun(session, row).cutOff();
    if (cutOff) found.set(row.runKey, cutOff.status);
  };
  const asked = session
    .connect()
    .then(() => Promise.all(open.map((row) => ask(row).catch(() => undefined))))
    .catch(() => undefined);
  await Promise.race([asked, delay(withinMs, undefined, { ref: false })]);
  return found;
}
