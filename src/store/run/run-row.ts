import type { Lineage } from '../../contracts/orchestrate-input.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { RunLabels } from '../../domain/run-labels.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { RunResult, RunStatus } from '../../domain/run/run-result.ts';

/** One line of `gaffer runs`. Times are ISO 8601. */
export interface RunRow {
  runKey: string;
  runId: string;
  temporalRunId: string;
  workflow: string;
  status: RunStatus;
  reason: string | null;
  planHash: string;
  board: string;
  workspace: string;
  launch: LaunchInfo | null;
  /** Earlier run that it goes on from; null: none. */
  lineage: Lineage | null;
  /** The run that it is a task of; not there: none. */
  parent?: { run: string; task: string };
  /** The schedule that started it; not there: none. */
  schedule?: string;
  /** Left out: none. */
  labels?: RunLabels;
  startedAt: string;
  endedAt: string | null;
  lastSeq: number;
  spentUsd: number;
  totalTokens: number;
  result: RunResult | null;
}

// Named, as the table may grow under whoever prepared the statement (S3).
const leanColumns =
  'run_key, run_id, temporal_run_id, workflow, status, reason, plan_hash, board, workspace, launch, lineage, spent_nano, spent_tokens, last_seq, started_at, ended_at, ' +
  '(select a.run_id from runs a where a.no = runs.parent_no) as parent_run, parent_task, schedule, labels';

/** Columns of a run, whole. */
export const runColumns = `${leanColumns}, result`;

/** The same with no more of its result than what a list tells: results are long. */
export const listedColumns = `${leanColumns}, case when result is null then null else json_build_object('summary', result -> 'summary') end as result`;

/** A run as the database gives it out. */
export interface RawRun {
  run_key: string;
  run_id: string;
  temporal_run_id: string;
  workflow: string;
  status: RunStatus;
  reason: string | null;
  plan_hash: string;
  board: string;
  workspace: string;
  launch: LaunchInfo | null;
  lineage: Lineage | null;
  spent_nano: number;
  spent_tokens: number;
  last_seq: number;
  result: RunResult | null;
  started_at: Date;
  ended_at: Date | null;
  parent_run: string | null;
  parent_task: string | null;
  schedule: string | null;
  labels: RunLabels | null;
}

/** A run's row, for whoever asks. */
export function toRun(row: RawRun): RunRow {
  return {
    runKey: row.run_key,
    runId: row.run_id,
    temporalRunId: row.temporal_run_id,
    workflow: row.workflow,
    status: row.status,
    reason: row.reason,
    planHash: row.plan_hash,
    board: row.board,
    workspace: row.workspace,
    launch: row.launch,
    lineage: row.lineage,
    ...(row.parent_run !== null && { parent: { run: row.parent_run, task: row.parent_task! } }),
    ...(row.schedule !== null && { schedule: row.schedule }),
    ...(row.labels !== null && { labels: row.labels }),
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    lastSeq: row.last_seq,
    spentUsd: toUsd(row.spent_nano),
    totalTokens: row.spent_tokens,
    result: row.result,
  };
}
