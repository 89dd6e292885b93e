/*
 * What the agents of a run share.
 *
 * H1 Changes of a run's shared state and of its locks take turns, by the row of its book, in whatever transaction they are made.
 * H2 A version is written over the one before and no other: who names the version that they know writes only while it is the newest.
 * H3 A lock belongs to one attempt of a task and falls with it, in the transaction that writes its end. Who is over begins nothing any more.
 * H4 A lock has a token, higher than any before in its run. A write under a token goes through only while that lock stands, and is the writer's.
 * H5 Who came first gets a lock that is free, in the transaction that frees it. A lock whose lease has run out is free.
 * H6 Who would close a ring of waiting locks gets no place, and all others in it are told.
 */
import type { Sql } from '../database/sql.ts';

/** Who reads or changes what a run shares: an attempt of one of its tasks. */
export interface StateActor {
  /** The run's row number. */
  no: number;
  taskId: string;
  attempt: number;
  /** The context's name: who it is towards others. */
  name: string;
}

/** A run's book, held until the end of the transaction (H1). */
export interface StateBook {
  no: number;
  keys: number;
}

/** The shared state cannot be changed in that way; the message tells the model why, and what to do. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** Takes a run's book for an actor (H1). @throws StateError when its attempt is over (H3) */
export async function openBook(sql: Sql, { no, taskId, attempt }: StateActor): Promise<StateBook> {
  await sql.query('insert into state_books (run_no) values ($1) on conflict do nothing', [no]);
  const book = (await lockBook(sql, no))!;
  const attemptId = `${taskId}~${attempt}`;
  const ends = [`complete/${attemptId}`, `error/${attemptId}`, `skipped/${taskId}/${attempt}`];
  const { rows } = await sql.query('select 1 from events where run_no = $1 and key = any($2)', [no, ends]);
  if (rows.length === 0) return book;
  throw new StateError(`attempt ${attempt} of ${taskId} is over: it changes nothing any more`);
}

/** Takes a run's book; null: it shares nothing so far. */
export async function lockBook(sql: Sql, no: number): Promise<StateBook | null> {
  const { rows } = await sql.query<StateBook>(
    'select run_no as no, keys from state_books where run_no = $1 for no key update',
    [no],
  );
  return rows[0] ?? null;
}
