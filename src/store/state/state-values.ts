/* H1, H2, H4: see state-book.ts. */
import type { JsonValue } from '../../domain/json.ts';
import { stateBounds } from '../../domain/state/state-bounds.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';
import type { StateActor } from './state-book.ts';
import { openBook, StateError } from './state-book.ts';
import { checkToken, refuseLocked } from './locks.ts';

/** One version of a key. `at` is ISO 8601. */
export interface StateVersion {
  key: string;
  /** From 1. */
  version: number;
  value: JsonValue;
  /** The execution of a task that wrote it, in which attempt, and what its context is called. */
  task: string;
  attempt: number;
  by: string;
  at: string;
}

/** A value to write, already checked by `stateBounds`. */
export interface StateWrite {
  key: string;
  value: JsonValue;
  /** The version that it must have now, 0: none; left out: whichever. */
  version?: number | undefined;
  /** The lock under which it is written; left out: none, or the writer's own on that key. */
  token?: number | undefined;
}

/** What is woken by every change of a key. */
export function stateWakeKey(key: string): string {
  return `state/${key}`;
}

const columns = `key, version, value, task, attempt, actor as "by", at`;
const newest = (key: string): string =>
  `not exists (select 1 from state_values n where n.run_no = v.run_no and n.key = ${key} and n.version > v.version)`;

/** The newest version of a key; undefined: there is none. */
export async function findValue(sql: Sql, no: number, key: string): Promise<StateVersion | undefined> {
  const { rows } = await sql.query<RawVersion>(
    `select ${columns} from state_values where run_no = $1 and key = $2 order by version desc limit 1`,
    [no, key],
  );
  return rows[0] && toVersion(rows[0]);
}

/** The newest version of every key, by key; `names`: only keys of these names, also as they are written in expressions. */
export async function listValues(
  sql: Sql,
  no: number,
  names: readonly string[] | null = null,
): Promise<StateVersion[]> {
  const { rows } = await sql.query<RawVersion>(
    `select ${columns} from state_values v where run_no = $1 and ${newest('v.key')}
       and ($2::text[] is null or key = any($2) or translate(key, '-.', '__') = any($2)) order by key`,
    [no, names],
  );
  return rows.map(toVersion);
}

/** Versions of a key that are kept, oldest first. */
export async function listVersions(sql: Sql, no: number, key: string): Promise<StateVersion[]> {
  const { rows } = await sql.query<RawVersion>(
    `select ${columns} from state_values where run_no = $1 and key = $2 order by version`,
    [no, key],
  );
  return rows.map(toVersion);
}

/**
 * Writes the next version of a key (H2).
 *
 * @returns its number
 * @throws StateError when the version is another one, a lock is in the way, the token is stale, or there are too many keys
 */
export async function writeValue(
  sql: Sql,
  actor: StateActor,
  { key, value, version, token }: StateWrite,
): Promise<number> {
  const { no, keys } = await openBook(sql, actor);
  if (token !== undefined) await checkToken(sql, no, { actor, token });
  await refuseLocked(sql, no, { actor, key });
  const found = await findValue(sql, no, key);
  if (version !== undefined && version !== (found?.version ?? 0)) throw changedSince(key, version, found);
  if (!found) await countKey(sql, { no, keys, key });
  const next = (found?.version ?? 0) + 1;
  await sql.query(
    `insert into state_values (run_no, key, version, value, task, attempt, actor) values ($1, $2, $3, $4, $5, $6, $7)`,
    [no, key, next, toJsonb(value), actor.taskId, actor.attempt, actor.name],
  );
  await sql.query('delete from state_values where run_no = $1 and key = $2 and version <= $3', [
    ...[no, key, next - stateBounds.versions],
  ]);
  return next;
}

async function countKey(sql: Sql, { no, keys, key }: { no: number; keys: number; key: string }): Promise<void> {
  if (keys >= stateBounds.keys) {
    throw new StateError(
      `not written: the run has ${keys} keys, as many as it may, and "${key}" would be a new one. Use one that is there, or put several values into one`,
    );
  }
  await sql.query('update state_books set keys = keys + 1 where run_no = $1', [no]);
}

function changedSince(key: string, version: number, found: StateVersion | undefined): StateError {
  if (!found)
    return new StateError(`not written: "${key}" has no version yet, so not ${version}: give 0 to write the first`);
  const value = JSON.stringify(found.value);
  return new StateError(
    `not written: "${key}" has version ${found.version} now, by ${found.by}, not ${version}. Its value is ${value} — decide anew with that, and give version ${found.version}`,
  );
}

/**
 * Takes over what an execution of an earlier run wrote and what nobody has written here, as its result is used again.
 *
 * @returns the keys
 */
export async function copyValues(
  sql: Sql,
  no: number,
  { from, id, as }: { from: number; id: string; as: string },
): Promise<string[]> {
  const { rows } = await sql.query<{ key: string }>(
    `with written as (
       select distinct on (key) * from state_values where run_no = $2 and task = $3 order by key, version desc),
     open as (insert into state_books (run_no) select $1 where exists (select 1 from written)
       on conflict (run_no) do update set keys = state_books.keys returning 1),
     known as (
       select distinct on (key) key, version, copied_from from state_values where run_no = $1 order by key, version desc),
     copies as (
       insert into state_values (run_no, key, version, value, task, attempt, actor, copied_from)
       select $1, w.key, coalesce(k.version, 0) + 1, w.value, $4, w.attempt, w.actor, coalesce(w.copied_from, w.change)
       from written w cross join open left join known k on k.key = w.key
       where k.key is null or k.copied_from < coalesce(w.copied_from, w.change)
       returning key)
     select key from copies`,
    [no, from, id, as],
  );
  await sql.query(
    'update state_books set keys = (select count(distinct key) from state_values where run_no = $1) where run_no = $1',
    [no],
  );
  return rows.map(({ key }) => key);
}

type RawVersion = Omit<StateVersion, 'at'> & { at: Date };

function toVersion({ at, ...row }: RawVersion): StateVersion {
  return { ...row, at: at.toISOString() };
}
