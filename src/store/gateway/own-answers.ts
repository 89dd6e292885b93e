/*
 * Answers of our own loop that their workers settle (calls.ts, C4), and what becomes of them otherwise:
 * W1 One that its worker has written down is needed no more.
 * W2 One that came to a run which was cancelled, and whose worker has not written it down for a while, is nobody's: that worker is dead. It is
 *    billed as that worker would have billed it, under its token, so that both together bill it once.
 */
import type { Sql } from '../database/sql.ts';

/** How long an answer is its worker's alone, in seconds. */
const ofWorkerSeconds = 10;

/** Forgets answers that are written down (W1). */
export async function forgetWrittenAnswers(sql: Sql): Promise<void> {
  await sql.query(
    `delete from gateway_calls c using journal j
     where c.attempt = '' and c.state = 'done' and c.ended_at < now() - interval '1 minute'
       and j.run_no = c.run_no and j.key = c.key and j.state = 'done'`,
  );
}

/** An answer that nobody writes down (W2). `owner`: its worker's token; the others as the call's story tells them. */
export interface UnclaimedAnswer {
  no: number;
  key: string;
  runKey: string;
  owner: string;
  reservedTokens: number;
  agent: string;
  model: string;
  maxTokens: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Answers that nobody writes down (W2), at most `limit`. */
export async function findUnclaimed(sql: Sql, limit: number): Promise<UnclaimedAnswer[]> {
  const { rows } = await sql.query<UnclaimedAnswer>(
    `select c.run_no as no, c.key, r.run_key as "runKey", j.owner, j.reserved_tokens as "reservedTokens", e.data ->> 'agentName' as agent,
       e.data ->> 'model' as model, coalesce((e.data ->> 'maxTokens')::int, 0) as "maxTokens", c.headers, c.body
     from gateway_calls c join runs r on r.no = c.run_no
       join journal j on j.run_no = c.run_no and j.key = c.key and j.state = 'intent'
       join events e on e.run_no = c.run_no and e.key = 'invoke/' || c.key
     where c.attempt = '' and c.state = 'done' and c.ended_at < now() - make_interval(secs => $1)
       and exists (select 1 from events x where x.run_no = c.run_no and x.key = 'cancelled')
     order by c.ended_at limit $2`,
    [ofWorkerSeconds, limit],
  );
  return rows;
}
