import { uncountable } from '../../domain/run/model-of-agent.ts';
import type { ListedRun } from '../../store/run/run-pages.ts';
import type { Session } from '../connection/session.ts';
import type { RunEntry } from '../runs.ts';
import { findCutOffs } from '../follow/cut-off-runs.ts';
import { durationOf } from '../follow/duration-of.ts';
import { statusTexts } from '../follow/standing.ts';

/** A run of the store as people see it. */
export interface StandingRow {
  row: ListedRun;
  /** As an entry says it. */
  status: string;
}

/** How runs stand: as Temporal and their workers say, where the store may not know it. */
export async function standingsOf(session: Session, rows: readonly ListedRun[]): Promise<StandingRow[]> {
  const [cutOffs, statusOf] = await Promise.all([findCutOffs(session, rows), statusTexts(session, rows)]);
  return rows.map((row) => ({ row, status: cutOffs.get(row.runKey) ?? statusOf(row) }));
}

/** Their lines in a list. */
export async function toEntries(session: Session, listed: readonly StandingRow[]): Promise<RunEntry[]> {
  const isUncounted = await uncountedAmong(
    session,
    listed.map(({ row }) => row),
  );
  return listed.map(({ row, status }) => ({ ...toEntry(row, status), ...(isUncounted(row) && { isUncounted: true }) }));
}

async function uncountedAmong({ store }: Session, rows: readonly ListedRun[]): Promise<(row: ListedRun) => boolean> {
  const open = rows.filter(({ result }) => result === null).map(({ planHash }) => planHash);
  const models = await store.runs.modelsOfPlans([...new Set(open)]);
  return ({ result, planHash }) => {
    if (result) return (result.summary.uncountedCalls ?? 0) > 0;
    const plan = models.get(planHash);
    return plan !== undefined && uncountable(plan).length > 0;
  };
}

function toEntry(row: ListedRun, status: string): RunEntry {
  const { runId, workflow, reason, board, workspace, startedAt, endedAt, lineage, parent, schedule, labels } = row;
  return {
    ...{ runId, workflow, status, reason, board, workspace, startedAt, endedAt },
    durationMs: durationOf(row, Date.now()),
    ...{ costUsd: row.spentUsd, totalTokens: row.totalTokens },
    from: lineage && { run: lineage.run, kind: lineage.kind },
    ...(parent && { parent }),
    ...(schedule !== undefined && { schedule }),
    ...(labels && { labels }),
  };
}
