import { attemptMark, parseModelKey } from '../../domain/ids/journal-key.ts';
import type { NanoUsd } from '../../domain/money/money.ts';
import type { Usage, UsageSide } from '../../domain/money/usage.ts';
import { addUsage, noUsage } from '../../domain/money/usage.ts';
import type { Sql } from '../database/sql.ts';

/** What was paid for somebody's model calls. */
export interface PaidUsage {
  usage: Usage;
  nanos: NanoUsd;
  turns: number;
  /** Calls whose cost the provider did not tell whole. */
  estimated: number;
  /** Calls of models whose price nobody knew. */
  uncounted: number;
}

/** Nothing. */
export const nothingPaid: PaidUsage = { usage: noUsage, nanos: 0, turns: 0, estimated: 0, uncounted: 0 };

// The first session of its attempt is a step of the journal.
const isOfProgram = `exists (select 1 from journal j where j.run_no = messages.run_no
  and j.key = regexp_replace(messages.call_key, '/[0-9]+/([0-9]+)$', '/1/session/\\1'))`;

interface UsedRow {
  call_key: string;
  /** A call that a program of others made; what it says is a turn. */
  is_bill: boolean;
  usage: KeptUsage | null;
  cost_nano: NanoUsd | null;
  depth: number;
}

interface KeptUsage extends Usage {
  estimated?: UsageSide[];
  uncounted?: true;
}

/** Both together. */
export function addPaid(a: PaidUsage, b: PaidUsage): PaidUsage {
  const { turns, estimated } = { turns: a.turns + b.turns, estimated: a.estimated + b.estimated };
  const uncounted = a.uncounted + b.uncounted;
  return { usage: addUsage(a.usage, b.usage), nanos: a.nanos + b.nanos, turns, estimated, uncounted };
}

/** Which of these tasks had a call that broke off, and was paid for. */
export async function tasksWithBrokenCalls(sql: Sql, no: number, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select distinct split_part(call_key, '${attemptMark}', 1) as id from messages where run_no = $1 and depth = 0
       and split_part(call_key, '${attemptMark}', 1) = any($2)`,
    [no, ids],
  );
  return rows.map(({ id }) => id);
}

/**
 * What was paid, by execution (also `undo:ID` and `help:N:ID`), in all attempts; `only`: of these alone.
 *
 * The answers in the store are what was paid for, whichever attempt they belong to; copied ones were paid for by another run. A call that
 * broke off (depth 0), or that a program of others made (first of nothing, depth 1), was paid for, but is no turn. What such a program says is one, and has no
 * bill; what a tool or a workflow answers as a task has none, either, and is no turn.
 */
export async function usageByTask(sql: Sql, no: number, only: readonly string[] | null = null) {
  const { rows } = await sql.query<UsedRow>(
    `select call_key, usage, cost_nano, depth, (depth = 1 and usage is not null and ${isOfProgram}) as is_bill from messages where run_no = $1 and role = 'assistant'
       and (usage is not null or (cost_nano is null and ${isOfProgram}))
       and ($2::text[] is null or split_part(call_key, '${attemptMark}', 1) = any($2))`,
    [no, only],
  );
  const used = new Map<string, PaidUsage>();
  for (const { call_key: key, usage, cost_nano: nanos, depth, is_bill: isBill } of rows) {
    const { taskId } = parseModelKey(key);
    const [estimated, uncounted] = [usage?.estimated ? 1 : 0, usage?.uncounted ? 1 : 0];
    const paid = {
      usage: usage ?? noUsage,
      nanos: nanos ?? 0,
      turns: depth > 0 && !isBill ? 1 : 0,
      estimated,
      uncounted,
    };
    used.set(taskId, addPaid(used.get(taskId) ?? nothingPaid, paid));
  }
  return used;
}
