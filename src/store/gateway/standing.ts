import type { Sql } from '../database/sql.ts';

/** Whether calls under a token may begin: `held` while its run stands still, `over` when it or its run has ended, or was cancelled. */
export type Standing = 'free' | 'held' | 'cancelled' | 'over';

/** What asks under a token may begin nothing now. */
export class Barred extends Error {
  override readonly name = 'Barred';
}

/** Condition on a row of `runs`: whoever has the token with the hash `hash`, a parameter, may begin a call of that run now. */
export const stillMayText = (hash: string): string =>
  `runs.ended_at is null and runs.status not in ('pausing', 'paused') and exists (
     select 1 from gateway_tokens t where t.token_hash = ${hash} and t.run_no = runs.no and t.ended_at is null)`;

/** How an attempt's token stands at this moment. */
export async function standingOf(sql: Sql, hash: Buffer): Promise<Standing> {
  const { rows } = await sql.query<{ standing: Standing }>(
    `select case when exists (select 1 from events where run_no = runs.no and key = 'cancelled') then 'cancelled'
       when ${stillMayText('$1')} then 'free'
       when runs.ended_at is null then 'held' else 'over' end as standing
     from gateway_tokens g join runs on runs.no = g.run_no where g.token_hash = $1 and g.ended_at is null`,
    [hash],
  );
  return rows[0]?.standing ?? 'over';
}
