import { toUsd } from '../domain/money.ts';
import type { NanoUsd } from '../domain/money.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { Usage } from '../domain/usage.ts';
import { totalTokens } from '../domain/usage.ts';
import type { Sql } from '../store/sql.ts';

type TaskEnd = Extract<RunEventDraft, { type: 'task:complete' }>;

/**
 * The same events, with what tasks really cost that did not come straight to their end.
 *
 * A workflow hears nothing of turns whose activity was cancelled in a later one, and counts its last attempt only; the answers in the
 * store are what was paid for. One query for all of them, none where every task succeeded at once.
 */
export async function tellPaid(sql: Sql, no: number, events: RunEventDraft[]): Promise<RunEventDraft[]> {
  const ids = events.flatMap((event) => (isUncertain(event) ? [event.taskId] : []));
  if (ids.length === 0) return events;
  const paid = await paidByTask(sql, no, ids);
  return events.map((event) => (isUncertain(event) ? { ...event, ...paid.get(event.taskId) } : event));
}

/** Whether its workflow may not know all that was paid for it: its key ends with the number of attempts. */
function isUncertain(event: RunEventDraft): event is TaskEnd {
  return event.type === 'task:complete' && (!event.success || !event.key.endsWith('~1'));
}

async function paidByTask(
  sql: Sql,
  no: number,
  ids: readonly string[],
): Promise<Map<string, Pick<TaskEnd, 'turns' | 'tokensUsed' | 'costUsd'>>> {
  // A call that broke off (depth 0) was paid for, but is no turn.
  const { rows } = await sql.query<{ id: string; usage: Usage; cost_nano: NanoUsd; depth: number }>(
    `select split_part(call_key, '~', 1) as id, usage, cost_nano, depth from messages
     where run_no = $1 and role = 'assistant' and usage is not null and split_part(call_key, '~', 1) = any($2)`,
    [no, ids],
  );
  const sums = new Map(ids.map((id) => [id, { turns: 0, tokens: 0, nano: 0 }]));
  for (const { id, usage, cost_nano: nano, depth } of rows) {
    const sum = sums.get(id)!;
    sum.turns += depth > 0 ? 1 : 0;
    sum.tokens += totalTokens(usage);
    sum.nano += nano;
  }
  return new Map(
    [...sums].map(([id, { turns, tokens, nano }]) => [id, { turns, tokensUsed: tokens, costUsd: toUsd(nano) }]),
  );
}
