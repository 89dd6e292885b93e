import { randomUUID } from 'node:crypto';
import type { Database, Line } from '../database/database.ts';
import { lockOf } from './worker-leases.ts';
import { readWord, tellWorkers, workersChannel, type WorkerWord } from './worker-words.ts';

/** A connection that a lease hangs on (L2): whoever has another one has another lease, as the server may hold the lock of one that was lost. */
export interface LeaseLine {
  readonly id: string;
  readonly line: Line;
  /** Whether its lock falls with it, and words come by it: an echo came back. */
  isTied: boolean;
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
  const state = { id, isTied: false, isLost: false, isTried: false };
  let isOpen = false;
  const lose = (): void => {
    state.isLost = true;
    if (isOpen) onLost(state);
  };
  const read = (text: string): void => {
    const word = readWord(text);
    if (word === null) return;
    if (!('echo' in word)) hear(word);
    else if (word.echo === id) state.isTied = true;
  };
  const line = await database.listen(workersChannel, read, lose, lockOf(id));
  // What a crash of the server takes of a lease its worker writes again within a second.
  await line.query('set synchronous_commit to off');
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
