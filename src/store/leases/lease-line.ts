import { randomUUID } from 'node:crypto';
import type { Database, Line } from '../database/database.ts';
import { lockOf } from './worker-leases.ts';
import { readWord, tellWorkers, workersChannel, type WorkerWord } from './worker-words.ts';

/** A connection that a lease hangs on (L2): whoever has another one has another lease, as the server may hold the lock of one that was lost. */
export interface LeaseLine {
  readonly id: string;
  readonly line: Line;
  /** Whether words come by it: an echo came back. */
  isHeard: boolean;
  /** Whether the lease's lock hangs on it. */
  isTied: boolean;
  /** Whether the lease was written by it. */
  isRenewed: boolean;
  isLost: boolean;
  /** Whether an echo is on its way, or came. */
  isTried: boolean;
}

/** Who is told what comes by a line. */
export interface LineHearer {
  hear: (word: Extract<WorkerWord, { cancelled: string }>) => void;
  onLost: (line: Pick<LeaseLine, 'id'>) => void;
}

/** Opens a line. @throws StoreError */
export async function openLeaseLine(database: Database, { hear, onLost }: LineHearer): Promise<LeaseLine> {
  const id = randomUUID();
  const state = { id, isHeard: false, isTied: false, isRenewed: false, isLost: false, isTried: false };
  let isOpen = false;
  const lose = (): void => {
    state.isLost = true;
    if (isOpen) onLost(state);
  };
  const read = (text: string): void => {
    const word = readWord(text);
    if (word === null) return;
    if (!('echo' in word)) hear(word);
    else if (word.echo === id) state.isHeard = true;
  };
  const line = await database.listen(workersChannel, read, lose);
  isOpen = true;
  return Object.assign(state, { line });
}

/** Tries out whether words come by a line, once; an echo that was not sent is sent when it is tried the next time. */
export async function tryLine(database: Database, line: LeaseLine): Promise<void> {
  if (line.isTried) return;
  line.isTried = true;
  // By another connection: behind a pooler one's own may bring it by chance.
  await tellWorkers(database, [{ echo: line.id }]).catch(() => (line.isTried = false));
}

/**
 * Hangs the lease's lock on a line that is heard by, once. Not on others: behind a pooler the lock would stay on a connection that somebody
 * else gets next.
 *
 * @returns whether it was done now
 * @throws StoreError
 */
export async function tieLine(line: LeaseLine): Promise<boolean> {
  if (line.isTied || !line.isHeard) return false;
  await line.line.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockOf(line.id)]);
  return (line.isTied = true);
}
