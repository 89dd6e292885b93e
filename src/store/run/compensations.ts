import { parseUndo } from '../../domain/ids/journal-key.ts';
import { undoMark } from '../../domain/ids/worker-id.ts';
import type { CompensationResult } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';

/** What became of every undo of a run, of whichever rollback, in the order in which they were begun for the last time. */
export async function listCompensations(sql: Sql, no: number): Promise<CompensationResult[]> {
  const { rows } = await sql.query<CompensationResult>(
    `select t.id as "taskId", e.ended as "taskEnded", t.compensated as status,
       case when t.compensated = 'failed' then t.compensation_error end as error
     from tasks t join (
       select data->>'taskId' as id, max(seq) as seq, bool_and((data->>'taskEnded')::boolean) as ended
       from events where run_no = $1 and data->>'type' = 'compensation:start' group by 1) e on e.id = t.id
     where t.run_no = $1 and t.compensated is not null order by e.seq`,
    [no],
  );
  return rows;
}

/**
 * How often each task's undo was tried to its end without success, by execution. Of one that an agent undoes: all attempts so far.
 *
 * A try that nobody brought to its end is not counted: whoever goes on takes it over.
 */
export async function countTries(sql: Sql, no: number): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ key: string; state: string; error: string | null }>(
    `select key, state, result->>'error' as error from journal where run_no = $1 and starts_with(key, $2)`,
    [no, undoMark],
  );
  const commands = new Map<string, number>();
  const attempts = new Map<string, number>();
  for (const { key, state, error } of rows) {
    const undo = parseUndo(key);
    if (undo === null) continue;
    const { taskId: id, attempt } = undo;
    if (attempt !== null) attempts.set(id, Math.max(attempts.get(id) ?? 0, attempt));
    else commands.set(id, (commands.get(id) ?? 0) + (state === 'done' && error !== null ? 1 : 0));
  }
  // Only what an agent undoes has no row of its own.
  return new Map([...attempts, ...commands]);
}

/** What an undo goes by: how often its task was tried anew, and the state of the workspace before it; null: none was kept. */
export interface UndoFacts {
  epoch: number;
  snapshot: string | null;
}

/** What is known of a task that is to be undone. `workspace`: what the task says of its own; null: it has none. */
export async function findUndoFacts(
  sql: Sql,
  no: number,
  { id, workspace }: { id: string; workspace: string | null },
): Promise<UndoFacts> {
  const kept = `case when $3::text is null then c.snapshot else c.snapshots->>$3::text end`;
  const { rows } = await sql.query<UndoFacts>(
    `select t.epoch, (
       select ${kept} from checkpoints c
       where c.run_no = t.run_no and ${kept} is not null
         and c.at <= (select e.at from events e where e.run_no = t.run_no and e.key = 'start/' || t.id || '~1')
       order by c.at desc limit 1) as snapshot
     from tasks t where t.run_no = $1 and t.id = $2`,
    [no, id, workspace],
  );
  return rows[0] ?? { epoch: 0, snapshot: null };
}
