/*
 * The journal makes effects happen once.
 *
 * J1 The row of an effect is written before the effect (intent) and completed after it (done), and done stays done.
 * J2 A model call's intent, its new message, its reservation and its events are one statement: all or none.
 * J3 Completing asks for the owner's token: who lost the row (a retry took it over) writes nothing.
 * J4 A reservation belongs to its row: taking over does not reserve again, completing or dropping gives it back.
 * J5 A reservation fits below every limit that it touches (run, phase, task, agent, speed), or below none. What is spent is added to the same.
 * J6 Once a run's story says that it is cancelled, nothing begins but what undoes: the word reaches a busy worker later than this.
 * J7 Held back is not spent: a call that fits without what others hold back waits for its turn (waiting-calls.ts).
 * J8 What asks under a token begins under it: that it is good, and its run goes on, is looked at in the statement that reserves.
 */
import type { JsonObject } from '../../domain/json.ts';
import type { Database } from '../database/database.ts';
import type { Begun, BegunModel, ModelIntent, ModelOutcome, Spent, ToolIntent, ToolOutcome } from './entry.ts';
import { beginModel, commitModel } from './model-calls.ts';
import { beginTool, commitTool } from './tool-runs.ts';
import type { CalledUp } from './waiting-calls.ts';
import { callUp } from './waiting-calls.ts';
import { toJsonb } from '../database/jsonb.ts';
import type { Sql } from '../database/sql.ts';

/** See the invariants on top of this file. */
export interface Journal {
  /** @throws Barred when its `asker` may not begin it now (J8) */
  beginModel(intent: ModelIntent): Promise<BegunModel>;
  /** @returns what is spent now of each limit that it counts to; null when the row was not ours any more: then nothing was written */
  commitModel(outcome: ModelOutcome): Promise<Spent[] | null>;
  /** Whether a step is done, and by this attempt: so it is when the word of that was lost, and it is written once more. */
  isDoneBy(no: number, key: string, token: string): Promise<boolean>;
  beginTool(intent: ToolIntent): Promise<Begun>;
  /** @returns whether the row was still ours; else nothing was written */
  commitTool(outcome: ToolOutcome): Promise<boolean>;
  /**
   * Does quick work and journals it in one transaction; work that was done before is not done again.
   *
   * It does not touch the run's row, which all tasks of a run share: their events are written with the next turn.
   */
  once(no: number, key: string, work: (sql: Sql) => Promise<JsonObject>): Promise<JsonObject>;
  /**
   * The same for work that may have to wait: as long as it gives null, nothing came of it yet, and with the next look it is done again. So it
   * must do no harm to do it twice.
   */
  look(no: number, key: string, work: (sql: Sql) => Promise<JsonObject | null>): Promise<JsonObject | null>;
  /** Takes an intent of ours back: nothing came of it. */
  drop(no: number, key: string, token: string): Promise<void>;
  /** Calls of a run that wait for their turn and fit now (J7). */
  callUp(no: number): Promise<CalledUp[]>;
  results(no: number, keys: string[]): Promise<Map<string, JsonObject>>;
}

/** The journal in PostgreSQL. */
export function createJournal(database: Database): Journal {
  return {
    beginModel: (intent) => beginModel(database, intent),
    commitModel: (outcome) => commitModel(database.forCommits, outcome),
    beginTool: (intent) => beginTool(database, intent),
    commitTool: (outcome) => commitTool(database.forCommits, outcome),
    once: (no, key, work) => once(database, no, key, work),
    look: (no, key, work) => database.transaction((sql) => look(sql, { no, key, work })),
    async drop(no, key, token) {
      await database.forCommits.query(
        `with gone as (delete from journal where run_no = $1 and key = $2 and owner = $3 and state = 'intent'
                       returning reserved_nano, reserved_tokens, scopes),
         bump as (
           update runs set reserved_nano = runs.reserved_nano - gone.reserved_nano, reserved_tokens = runs.reserved_tokens - gone.reserved_tokens
           from gone where no = $1 returning gone.*)
         update ledger l set reserved_nano = l.reserved_nano - bump.reserved_nano, reserved_tokens = l.reserved_tokens - bump.reserved_tokens
         from bump where l.run_no = $1 and l.scope = any(bump.scopes)`,
        [no, key, token],
      );
    },
    async isDoneBy(no, key, token) {
      const text = `select 1 from journal where run_no = $1 and key = $2 and owner = $3 and state = 'done'`;
      return (await database.forCommits.query(text, [no, key, token])).rows.length > 0;
    },
    callUp: (no) => callUp(database, no),
    async results(no, keys) {
      const { rows } = await database.query<{ key: string; result: JsonObject }>(
        `select key, result from journal where run_no = $1 and key = any($2) and state = 'done'`,
        [no, keys],
      );
      return new Map(rows.map((row) => [row.key, row.result]));
    },
  };
}

async function once(
  database: Database,
  no: number,
  key: string,
  work: Parameters<Journal['once']>[2],
): Promise<JsonObject> {
  try {
    return await database.transaction(async (sql) => {
      const result = await work(sql);
      // Written last, with the result: one row version less. Whoever did it before makes this one take all of it back.
      await sql.query(
        `insert into journal (run_no, key, kind, state, owner, result) values ($1, $2, 'tool', 'done', '', $3)`,
        [no, key, toJsonb(result)],
      );
      return result;
    });
  } catch (error) {
    const { rows } = await database.query<{ result: JsonObject }>(
      `select result from journal where run_no = $1 and key = $2 and state = 'done'`,
      [no, key],
    );
    if (!rows[0]) throw error;
    return rows[0].result;
  }
}

// J1: the row comes first here, so that two that look at once take turns.
async function look(
  sql: Sql,
  { no, key, work }: { no: number; key: string; work: Parameters<Journal['look']>[2] },
): Promise<JsonObject | null> {
  await sql.query(
    `insert into journal (run_no, key, kind, state, owner) values ($1, $2, 'tool', 'intent', '') on conflict do nothing`,
    [no, key],
  );
  const { rows } = await sql.query<{ state: string; result: JsonObject | null }>(
    'select state, result from journal where run_no = $1 and key = $2 for update',
    [no, key],
  );
  const row = rows[0]!;
  if (row.state === 'done') return row.result ?? {};
  const result = await work(sql);
  if (result === null) return null;
  await sql.query(`update journal set state = 'done', result = $3 where run_no = $1 and key = $2`, [
    no,
    key,
    toJsonb(result),
  ]);
  return result;
}
