import type { JsonValue } from '../../domain/json.ts';
import type { Sql } from '../database/sql.ts';

/** A value of what a run shares, for whoever is told of it. */
export interface ToldValue {
  key: string;
  version: number;
  /** What the context of its writer is called. */
  by: string;
  value: JsonValue;
  /** Later changes have a higher one: of a run they are made in turn (H1). */
  change: number;
}

/** The newest version of every key that was written after a change, by key. */
export async function listChangedSince(sql: Sql, no: number, change: number): Promise<ToldValue[]> {
  const { rows } = await sql.query<ToldValue>(
    `select key, version, actor as "by", value, change from state_values v where run_no = $1 and change > $2
       and not exists (select 1 from state_values n where n.run_no = $1 and n.key = v.key and n.version > v.version)
     order by key`,
    [no, change],
  );
  return rows;
}
