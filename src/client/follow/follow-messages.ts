import { setTimeout as delay } from 'node:timers/promises';
import type { CrewMessage } from '../../domain/messages/message.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { NumberedMessage } from '../../store/messages/message-rows.ts';
import type { Session } from '../connection/session.ts';
import { overOutages } from './outage.ts';

const pollMs = 300;
// Numbers are given out before a message can be seen: one that becomes visible later than the next has a lower one.
const lookBack = 1000;

/** A message that is new to whoever follows, or another than it was. */
export interface MessageNews {
  message: CrewMessage;
  isNew: boolean;
}

/** How a message stood when it was told last. */
type Known = Pick<NumberedMessage, 'no' | 'id' | 'kind' | 'state'> & { isFolded: boolean };

/** Every message of a run, and every change of one that is seen, over lost connections to the database, until the run has ended or the signal aborts. */
export async function* followMessages(
  session: Pick<Session, 'store' | 'closing'>,
  { runId, runKey }: { runId: string; runKey: string },
  signal: AbortSignal,
): AsyncGenerator<MessageNews> {
  const { store } = session;
  const rows = await import('../../store/messages/message-rows.ts');
  const known = new Map<string, Known>();
  let last = 0;
  while (!signal.aborted) {
    const row = await overOutages(session, () => store.runs.find(runId));
    // Seen before the look: nothing comes after it. Another one of that name, or none, is the end of this one, too.
    const isOver = row?.runKey !== runKey || hasEnded(row.status);
    const from = isOver ? 0 : last - lookBack;
    // Texts are long: what is known comes again where it has changed.
    const recent = isOver ? [] : [...known.values()].filter(({ no }) => no > from);
    const except = recent.map(({ no }) => no);
    let after = from;
    for (let count = -1; count !== 0 && !signal.aborted;) {
      const page = await overOutages(session, () => rows.listMessages(store.sql, runKey, { after, except }));
      yield* note(known, page);
      count = page.length;
      after = page.at(-1)?.no ?? after;
      last = Math.max(last, after);
    }
    const mayChange = [...known.values()].filter((one) => isOpen(one) || (!isOver && one.no > from));
    yield* note(known, await overOutages(session, () => rows.findChanged(store.sql, runKey, mayChange)));
    if (isOver) return;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function* note(known: Map<string, Known>, found: readonly NumberedMessage[]): Generator<MessageNews> {
  for (const one of found) {
    const before = known.get(one.id);
    const { no, ...message } = one;
    const { id, kind, state, isFolded = false } = message;
    known.set(id, { no, id, kind, state, isFolded });
    if (before?.state === state && before.isFolded === isFolded) continue;
    yield { message, isNew: before === undefined };
  }
}

// What is read is so for good but in an attempt anew, and a question until it is answered.
function isOpen({ kind, state }: Known): boolean {
  return state === 'queued' || state === 'delivered' || (kind === 'request' && state === 'read');
}
