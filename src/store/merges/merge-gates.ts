import type { Sql } from '../database/sql.ts';

interface GatedCommit {
  /** Absolute folder of its repository. */
  repository: string;
  commit: string;
}

/** Places of the plan's gates that were green on a commit in this run: what was so once is so, as the commit is the same. */
export async function greenGates(sql: Sql, no: number, { repository, commit }: GatedCommit): Promise<Set<number>> {
  const { rows } = await sql.query<{ gate: number }>(
    `select gate from merge_gates where run_no = $1 and repository = $2 and commit_id = $3 and verdict = 'green'`,
    [no, repository, commit],
  );
  return new Set(rows.map(({ gate }) => gate));
}

/** Notes what a gate said of a commit; the last word counts. */
export async function noteGate(
  sql: Sql,
  no: number,
  { repository, commit, gate, verdict }: GatedCommit & { gate: number; verdict: 'green' | 'red' | 'broken' },
): Promise<void> {
  await sql.query(
    `insert into merge_gates (run_no, repository, commit_id, gate, verdict) values ($1, $2, $3, $4, $5)
     on conflict (run_no, repository, commit_id, gate) do update set verdict = excluded.verdict, at = now()`,
    [no, repository, commit, gate, verdict],
  );
}
