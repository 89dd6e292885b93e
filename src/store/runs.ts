import { createHash } from 'node:crypto';
import type { KeptBlock, KeptMessage } from '../domain/conversation/conversation.ts';
import type { TranscriptEntry } from '../domain/conversation/transcript-entry.ts';
import { joinEntries } from '../domain/conversation/transcript-entry.ts';
import type { Lineage } from '../contracts/orchestrate-input.ts';
import type { JsonObject } from '../domain/json.ts';
import { parseModelKey } from '../domain/ids/journal-key.ts';
import { isOf } from '../domain/ids/tenant.ts';
import type { RunLabels } from '../domain/run-labels.ts';
import type { LaunchInfo } from '../domain/run/launch.ts';
import { toUsd } from '../domain/money/money.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { evaluationStore } from './evaluation/evaluation-store.ts';
import { removeRuns } from './lifetime/retention.ts';
import { toJsonb } from './database/jsonb.ts';
import { findWaitingCalls } from './journal/waiting-calls.ts';
import { loadLevels } from './reuse/reuse.ts';
import type { ScopeLimit } from './journal/entry.ts';
import type { InheritedLimit } from './run/run-settings.ts';
import type { Sql } from './database/sql.ts';
import type { Database } from './database/database.ts';
import type { PlanModels, RunRow, RunStore } from './store.ts';
import { StoreError } from './store.ts';
import { loadParents } from './run/added-tasks.ts';
import { loadAdded } from './task/task-facts.ts';
import { listEnded, loadOutputs } from './task/task-outputs.ts';
import { listTasks, undoList } from './task/task-rows.ts';
import { taskStoriesOf } from './task/task-stories.ts';
import { inTurnOf } from './run/in-turn.ts';
import { keptPlansOf } from './run/kept-plans.ts';
import { listCheckpoints } from './run/checkpoints.ts';
import { runLists } from './run/run-pages.ts';
import { type RawRun, runColumns, toRun } from './run/run-row.ts';
import { peopleStore } from './run/decisions.ts';
import { moneyOf } from './run/run-money.ts';
import { listBranches } from './merges/merge-branches.ts';
import { listReusedMerges } from './merges/reused-branches.ts';
import { loadWorkspaces } from './run/workspaces.ts';
import { listLocks } from './state/locks.ts';
import { listValues, listVersions } from './state/state-values.ts';

/** Runs in PostgreSQL. `tenant`: what is found by an id, or without any, is that one's alone; null: it may be anybody's. */
export function createRunStore(database: Database, tenant: string | null): RunStore {
  return {
    ...keptPlansOf(database, savePlan),
    ...inTurnOf(database),
    ...taskStoriesOf(database, (runKey) => runNo(database, runKey)),
    ...moneyOf(database),
    plan: (hash) => loadPlan(database, hash),
    modelsOfPlans: (hashes) => modelsOfPlans(database, hashes),
    ...runLists(database, tenant),
    async find(runId) {
      if (!isOf(tenant, runId)) return undefined;
      const { rows } = await database.query<RawRun>(
        `select ${runColumns} from runs where run_id = $1 order by no desc limit 1`,
        [runId],
      );
      return rows[0] && toRun(rows[0]);
    },
    contexts: (runKey) => listContexts(database, runKey),
    transcript: (runKey, context) => transcript(database, runKey, context),
    tasks: async (runKey) => listTasks(database, await runNo(database, runKey)),
    added: async (runKey) => loadAdded(database, await runNo(database, runKey)),
    addedBy: async (runKey) => loadParents(database, await runNo(database, runKey)),
    ended: async (runKey) => listEnded(database, await runNo(database, runKey)),
    outputs: async (runKey, ids) => loadOutputs(database, await runNo(database, runKey), ids),
    mergeBranches: async (runKey) => listBranches(database, await runNo(database, runKey)),
    reusedBranches: async (runKey) => listReusedMerges(database, await runNo(database, runKey)),
    workspaces: (runKey) => loadWorkspaces(database, runKey),
    sharedState: (runKey) => sharedState(database, runKey),
    stateHistory: async (runKey, key) => listVersions(database, await runNo(database, runKey), key),
    checkpoints: async (runKey) => listCheckpoints(database, await runNo(database, runKey)),
    undoList: async (runKey) => undoList(database, await runNo(database, runKey)),
    waitingCalls: (runKey) => findWaitingCalls(database, runKey),
    ...peopleStore(database, tenant),
    ancestors: (runKey) => listAncestors(database, runKey),
    // As evaluations: it evaluates expressions.
    planReuse: async (plan, lineage) => (await import('./reuse/plan-reuse.ts')).planReuse(database, plan, lineage),
    ...evaluationStore(database, tenant),
    remove: (runKey) => database.transaction(async (sql) => (await removeRuns(sql, [runKey])).length > 0),
  };
}

async function sharedState(sql: Sql, runKey: string): ReturnType<RunStore['sharedState']> {
  const no = await runNo(sql, runKey);
  const [values, locks] = await Promise.all([listValues(sql, no), listLocks(sql, no)]);
  return { values, locks };
}

/** What opens a run. */
export interface NewRun {
  runKey: string;
  runId: string;
  temporalRunId: string;
  plan: Plan;
  planHash: string;
  board: string;
  launch: LaunchInfo | null;
  /** Earlier run that it goes on from; null or left out: none. */
  lineage?: Lineage | null;
  /** The run that it is a task of; null or left out: none. */
  parent?: ParentOfRun | null;
  /** The schedule that started it; null or left out: none. */
  schedule?: string | null;
  /** Win over those of the run that it retries, forks or is a task of; left out: none of its own. */
  labels?: RunLabels;
}

/** Where a run belongs that is a task of another one. */
export interface ParentOfRun {
  no: number;
  /** The execution there, in which attempt. */
  taskId: string;
  attempt: number;
  /** What that task says that does it. */
  agent: string;
  /** Limits below that run's own that it counts to. */
  scopes: readonly ScopeLimit[];
  /** Limits that its own file does not set: they are that run's. */
  inherits: readonly InheritedLimit[];
}

/** Opens a run; opening it again changes nothing. @returns its row number */
export async function openRun(
  sql: Sql,
  run: NewRun,
  limits: { nano: number; tokens: number | null; nanoPerMinute?: number | null },
): Promise<number> {
  const { rows } = await sql.query<{ no: number }>(
    `insert into runs (run_key, run_id, temporal_run_id, workflow, status, plan_hash, board, workspace, launch, limit_nano, limit_tokens, lineage, limit_nano_per_minute,
       parent_no, parent_task, parent_attempt, parent_scopes, inherits, schedule, previous_key, labels)
     values ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9, $10, $11, $12, $13::bigint, $14, $15, $16, $17, $18::text,
       case when $19::text is null
         then (select run_key from runs where schedule = $18::text and ended_at is not null order by no desc limit 1)
         else (select previous_key from runs where run_key = $19::text) end,
       nullif(coalesce((select labels from runs where no = $13::bigint or run_key = $21::text limit 1), '{}') || $20::jsonb, '{}'))
     on conflict (run_key) do update set run_id = excluded.run_id returning no`,
    [
      run.runKey,
      run.runId,
      run.temporalRunId,
      run.plan.name,
      run.planHash,
      run.board,
      run.plan.workspace,
      run.launch && toJsonb(run.launch),
      limits.nano,
      limits.tokens,
      run.lineage ? toJsonb(run.lineage) : null,
      limits.nanoPerMinute ?? null,
      run.parent?.no ?? null,
      run.parent?.taskId ?? null,
      run.parent?.attempt ?? null,
      run.parent?.scopes.map(({ scope }) => scope) ?? null,
      run.parent?.inherits ?? [],
      run.schedule ?? null,
      run.lineage?.runKey ?? null,
      toJsonb(run.labels ?? {}),
      run.lineage && run.lineage.kind !== 'reuse' ? run.lineage.runKey : null,
    ],
  );
  return rows[0]!.no;
}

/** Row number of a run. @throws StoreError `not-found` */
export async function runNo(sql: Sql, runKey: string): Promise<number> {
  const { rows } = await sql.query<{ no: number }>('select no from runs where run_key = $1', [runKey]);
  if (!rows[0]) throw new StoreError('not-found', `the store knows no run ${runKey}`);
  return rows[0].no;
}

/** Keeps a plan under its hash. */
export async function savePlan(sql: Sql, plan: Plan): Promise<string> {
  const text = toJsonb(plan);
  const hash = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await sql.query('insert into plans (hash, plan) values ($1, $2) on conflict do nothing', [hash, text]);
  return hash;
}

/** A kept plan. @throws StoreError `not-found` */
async function loadPlan(sql: Sql, hash: string): Promise<Plan> {
  const { rows } = await sql.query<{ plan: Plan }>('select plan from plans where hash = $1', [hash]);
  if (!rows[0]) throw new StoreError('not-found', `the store keeps no plan ${hash}`);
  return rows[0].plan;
}

/** Plans may be large, and a list has many: no more of them is read than what their models are. */
async function modelsOfPlans(sql: Sql, hashes: readonly string[]): Promise<Map<string, PlanModels>> {
  if (hashes.length === 0) return new Map();
  const { rows } = await sql.query<{ hash: string } & PlanModels>(
    `select hash, plan->'models' as models, (
       select coalesce(json_object_agg(name, json_strip_nulls(json_build_object('model', agent->'model', 'provider', agent->'provider'))), '{}')
       from json_each(plan->'agents') agents(name, agent)
     ) as agents from plans where hash = any($1)`,
    [hashes],
  );
  return new Map(rows.map(({ hash, models, agents }) => [hash, { agents, ...(models && { models }) }]));
}

async function listAncestors(sql: Sql, runKey: string): Promise<RunRow[]> {
  const { rows } = await sql.query<RawRun>(`select ${runColumns} from runs where run_key = $1`, [runKey]);
  const levels = await loadLevels(sql, rows[0]?.lineage ?? null);
  const found = await sql.query<RawRun>(
    `select ${runColumns} from runs where no = any($1) order by array_position($1::bigint[], no)`,
    [levels.map(({ no }) => no)],
  );
  return found.rows.map(toRun);
}

async function listContexts(sql: Sql, runKey: string) {
  const { rows } = await sql.query<{ name: string; agent: string; head: string; messages: number }>(
    `select c.name, c.agent, c.head, m.depth as messages
     from contexts c join messages m on m.id = c.head where c.run_no = $1 order by c.name`,
    [await runNo(sql, runKey)],
  );
  return rows;
}

async function transcript(sql: Sql, runKey: string, context: string): Promise<TranscriptEntry[]> {
  const { rows } = await sql.query<RawMessage>(
    `with recursive chain as (
       select m.* from contexts c join messages m on m.id = c.head where c.run_no = $1 and c.name = $2
       union all
       select m.* from chain join messages m on m.id = chain.parent)
     select id, call_key, role, content, usage, cost_nano, created_at from chain order by depth`,
    [await runNo(sql, runKey), context],
  );
  const entries = rows.map((row) => {
    const { taskId, turn } = parseModelKey(row.call_key);
    const message = { role: row.role, content: row.content };
    const costUsd = row.cost_nano === null ? null : toUsd(row.cost_nano);
    return { id: row.id, taskId, turn, at: row.created_at.toISOString(), message, usage: row.usage, costUsd };
  });
  return joinEntries(entries);
}

interface RawMessage {
  id: string;
  call_key: string;
  role: KeptMessage['role'];
  content: KeptBlock[];
  usage: JsonObject | null;
  cost_nano: number | null;
  created_at: Date;
}
