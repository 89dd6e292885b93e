import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { PaidUsage } from '../../store/task/task-usage.ts';
import { nothingPaid, usageByTask } from '../../store/task/task-usage.ts';

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
  const paid = await usageByTask(sql, no, ids);
  return events.map((event) =>
    isUncertain(event) ? { ...event, ...toSums(paid.get(event.taskId) ?? nothingPaid) } : event,
  );
}

/** Whether its workflow may not know all that was paid for it: its key ends with the number of attempts. */
function isUncertain(event: RunEventDraft): event is TaskEnd {
  return event.type === 'task:complete' && (!event.success || !event.key.endsWith(toAttemptId(event.taskId, 1)));
}

function toSums({ usage, nanos, turns }: PaidUsage): Pick<TaskEnd, 'turns' | 'tokensUsed' | 'costUsd'> {
  return { turns, tokensUsed: totalTokens(usage), costUsd: toUsd(nanos) };
}
