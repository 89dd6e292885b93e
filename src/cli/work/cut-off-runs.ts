import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { CommandContext } from '../base/context.ts';
import { openSession, type Session } from './session.ts';

/** How many runs are asked about: the newest that the store takes for open. */
const mostAsked = 50;
/** How long a list waits for Temporal's word on all of them, in ms. */
const withinMs = 3000;

/**
 * How Temporal closed those of these runs that the store takes for open, by run key: the store hears nothing of a terminate.
 *
 * Where Temporal is not there or does not answer, the store's word has to do: nothing is started for it.
 */
export async function findCutOffs(
  context: CommandContext,
  rows: readonly RunRow[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const open = rows.filter(({ status }) => !hasEnded(status)).slice(0, mostAsked);
  if (open.length === 0) return found;
  const { databaseUrl, temporal } = context.config;
  const whenAbsent = databaseUrl === null || temporal.isGiven ? 'borrow' : 'fail';
  const session = await openSession(context, { say: () => undefined, yes: false, whenAbsent }).catch(() => null);
  if (session === null) return found;
  try {
    const asked = askEach(session, { queue: context.config.taskQueue, open }, found).catch(() => undefined);
    await Promise.race([asked, delay(withinMs, undefined, { ref: false })]);
  } finally {
    await session.close();
  }
  return found;
}

async function askEach(
  session: Session,
  { queue, open }: { queue: string; open: readonly RunRow[] },
  found: Map<string, string>,
): Promise<void> {
  const client = await session.connect(queue);
  const ask = async ({ runId, runKey }: RunRow): Promise<void> => {
    const cutOff = await (await client.find(runId)).cutOff();
    if (cutOff) found.set(runKey, cutOff.status);
  };
  await Promise.all(open.map((row) => ask(row).catch(() => undefined)));
}
