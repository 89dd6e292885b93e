import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { PaidUsage } from '../../store/task/task-usage.ts';
import { nothingPaid, tasksWithBrokenCalls, usageByTask } from '../../store/task/task-usage.ts';

type TaskEnd = Extract<RunEventDraft, { type: 'task:complete' }>;

/**
 * The same events, with what tasks really cost that did not come straight to their end.
 *
 * A workflow hears nothing of turns whose activity was cancelled in a later one, nor of calls that broke off, and counts its last attempt
 * only; the answers in the store are what was paid for. Asked for only where a task did not come straight to its end, or a call broke off.
 */
export async function tellPaid(sql: Sql, no: number, events: RunEventDraft[]): Promise<RunEventDraft[]> {
  const ends = events.filter((event) => event.type === 'task:complete');
  if (ends.length === 0) return events;
  const straight = ends.filter(cameStraight).map(({ taskId }) => taskId);
  const broken = straight.length > 0 ? await tasksWithBrokenCalls(sql, no, straight) : [];
  const uncertain = new Set([...ends.filter((end) => !cameStraight(end)).map(({ taskId }) => taskId), ...broken]);
  if (uncertain.size === 0) return events;
  const paid = await usageByTask(sql, no, [...uncertain]);
  return events.map((event) =>
    event.type === 'task:complete' && uncertain.has(event.taskId)
      ? { ...event, ...toSums(paid.get(event.taskId) ?? nothingPaid) }
      : event,
  );
}

/** At its first attempt: its key ends with the number of attempts. */
function cameStraight({ success, key, taskId }: TaskEnd): boolean {
  return success && key.endsWith(toAttemptId(taskId, 1));
}

function toSums({ usage, nanos, turns }: PaidUsage): Pick<TaskEnd, 'turns' | 'tokensUsed' | 'costUsd'> {
  return { turns, tokensUsed: totalTokens(usage), costUsd: toUsd(nanos) };
}
