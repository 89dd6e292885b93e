/*
 * T1 Trains that go into one branch of one repository have their turn one after the other, first come, first served: each gates once, on what
 *    those before it left.
 * T2 This is about fairness and cost alone. What keeps a target right is its compare-and-swap: whoever is taken for dead and is not finds the
 *    target moved, and merges and gates anew.
 */
import type { Sql } from '../database/sql.ts';

/** A branch that trains go into. */
export interface MergeLine {
  host: string;
  /** The folder that all worktrees of the repository share. */
  repository: string;
  target: string;
}

/** Whoever has shown no sign of life for so long is dead. A gate takes at most 10 minutes, and whoever waits looks every few. */
const deadAfter = '15 minutes';

/** Gets a run in line, or shows that it lives there. @returns whether it is its turn */
export async function takeTurn(sql: Sql, no: number, { host, repository, target }: MergeLine): Promise<boolean> {
  const line = [host, repository, target];
  // Two that come at once must see each other.
  await sql.query(`select pg_advisory_xact_lock(hashtextextended($1, 8))`, [JSON.stringify(line)]);
  await sql.query(
    `delete from merge_turns where host = $1 and repository = $2 and target = $3 and run_no <> $4 and seen_at < now() - $5::interval`,
    [...line, no, deadAfter],
  );
  await sql.query(
    `insert into merge_turns (run_no, host, repository, target) values ($4, $1, $2, $3)
     on conflict (run_no, host, repository, target) do update set seen_at = now()`,
    [...line, no],
  );
  const { rows } = await sql.query<{ first: string }>(
    `select run_no as first from merge_turns where host = $1 and repository = $2 and target = $3 order by no limit 1`,
    line,
  );
  return Number(rows[0]!.first) === no;
}

/** Shows that a run that has its turn lives. */
export async function keepTurn(sql: Sql, no: number): Promise<void> {
  await sql.query('update merge_turns set seen_at = now() where run_no = $1', [no]);
}

/** A run leaves every line. @returns ids of runs whose turn it is now */
export async function leaveTurns(sql: Sql, no: number): Promise<string[]> {
  const { rows } = await sql.query<{ runId: string }>(
    `with gone as (delete from merge_turns where run_no = $1 returning host, repository, target)
     select r.run_id as "runId" from gone g cross join lateral (
       select t.run_no from merge_turns t where (t.host, t.repository, t.target) = (g.host, g.repository, g.target) and t.run_no <> $1
       order by t.no limit 1) n join runs r on r.no = n.run_no`,
    [no],
  );
  return rows.map(({ runId }) => runId);
}
