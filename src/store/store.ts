import type { MergeBranch } from './merges/merge-branches.ts';
import type { ReusedBranch } from './merges/reused-branches.ts';
import type { Lineage } from '../contracts/orchestrate-input.ts';
import type { TranscriptEntry } from '../domain/conversation/transcript-entry.ts';
import { GafferError } from '../domain/errors.ts';
import type { AgentRun, AgentUse } from '../domain/evaluation/agent-use.ts';
import type { PastRun, WorkflowHistory } from '../domain/evaluation/workflow-history.ts';
import type { AgentStats } from '../domain/evaluation/agent-stats.ts';
import type { KeptEvaluation } from '../domain/evaluation/evaluation.ts';
import type { Agent, Plan, PlanTask } from '../domain/plan/plan.ts';
import type { RunEvent, RunEventDraft } from '../domain/run/run-events.ts';
import type { RunState } from '../domain/run/run-state.ts';
import type { SpentLimit } from '../domain/money/reached-limit.ts';
import type { WaitingCalls } from './journal/waiting-calls.ts';
import type { PlannedReuse } from './reuse/plan-reuse.ts';
import type { Sql } from './database/sql.ts';
import type { FigureStore } from './service/figures.ts';
import type { UsageStore } from './service/usage.ts';
import type { AuditStore } from './service/audit.ts';
import type { KeyStore } from './service/keys.ts';
import type { TrafficStore } from './service/traffic.ts';
import type { Deltas } from './service/deltas.ts';
import type { Feed } from './service/feed.ts';
import type { CheckpointRow } from './run/checkpoints.ts';
import type { EndedRow, OutputRow } from './task/task-outputs.ts';
import type { TaskRow, UndoEntry } from './task/task-rows.ts';
import type { TaskStories } from './task/task-story.ts';
import type { RunRow } from './run/run-row.ts';
import type { PastRuns, Spending } from './run/run-money.ts';
import type { RunStatus } from '../domain/run/run-result.ts';
import type { ListedRun, RunPageFilter, RunWhere } from './run/run-pages.ts';
import type { DecidedRow, DecisionFilter } from './run/decisions.ts';
import type { WaitingRow } from './run/waiting.ts';
import type { IdempotencyStore } from './service/idempotency.ts';
import type { ExecutionStore } from './service/executions.ts';
import type { TriggerStore } from './service/triggers.ts';
import type { WebhookStore } from './service/webhooks.ts';
import type { StateLock } from './state/locks.ts';
import type { StateVersion } from './state/state-values.ts';

export type { RunRow } from './run/run-row.ts';

/** What of a plan tells which models its agents ask. */
export interface PlanModels extends Pick<Plan, 'models'> {
  agents: Record<string, Pick<Agent, 'model' | 'provider'>>;
}

/** What is remembered, in PostgreSQL. Every promise rejects with {@link StoreError} when the database is out of reach. */
export interface Store {
  readonly runs: RunStore;
  readonly events: EventStore;
  readonly executions: ExecutionStore;
  readonly idempotency: IdempotencyStore;
  readonly keys: KeyStore;
  readonly audit: AuditStore;
  readonly traffic: TrafficStore;
  readonly feed: Feed;
  /** Who is told of what runs do. */
  readonly webhooks: WebhookStore;
  /** What starts runs when something outside happens. */
  readonly triggers: TriggerStore;
  readonly deltas: Deltas;
  readonly figures: FigureStore;
  readonly usage: UsageStore;
  /** Runs `work` in one transaction; rolled back when it throws. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  readonly sql: Sql;
  /** The same connections for a tenant: what is found by an id, or without any, is that tenant's alone. What is found by a run's key is whoever's has the key. */
  ofTenant(tenant: string): Store;
  close(): Promise<void>;
}

/** Runs and their plans. */
export interface RunStore extends TaskStories {
  /** Keeps a plan under its hash; keeping it again changes nothing. */
  savePlan(plan: Plan): Promise<string>;
  /** Keeps a plan, and for whoever starts something with it later; `until` null: until {@link RunStore.releasePlan}. @returns its hash */
  keepPlan(name: string, plan: Plan, until: Date | null): Promise<string>;
  /** Keeps the plan of a run that is to start then, until long after. @returns its hash */
  keepForRun(runId: string, plan: Plan, startAt: Date): Promise<string>;
  /** It does not start: see {@link RunStore.releasePlan}. */
  releaseForRun(runId: string): Promise<void>;
  /** Whether any run of ours can have its time to start still before it; Temporal alone knows whether it has. */
  mayAwait(now: Date): Promise<boolean>;
  /** Nothing starts with it under that name any more. */
  releasePlan(name: string): Promise<void>;
  /** Does something while nobody else does, in any process, under that name. It holds a connection: `work` asks somebody else, and is quick. */
  inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** @throws StoreError when no such plan is kept */
  plan(hash: string): Promise<Plan>;
  /** By hash; what is not kept is not in it. */
  modelsOfPlans(hashes: readonly string[]): Promise<Map<string, PlanModels>>;
  /** Whole, newest first. */
  list(filter?: { limit?: number; workflow?: string }): Promise<RunRow[]>;
  /** A part of the list, newest first, without what is long. */
  page(filter: RunPageFilter): Promise<ListedRun[]>;
  /** How many there are of each status. */
  count(filter: RunWhere): Promise<Map<RunStatus, number>>;
  /** The newest run with that id. */
  find(runId: string): Promise<RunRow | undefined>;
  /** Names of the run's contexts with their agent, head and number of messages. */
  contexts(runKey: string): Promise<{ name: string; agent: string; head: string; messages: number }[]>;
  /** A context's conversation, oldest first. */
  transcript(runKey: string, context: string): Promise<TranscriptEntry[]>;
  /** Executions of its tasks, in the order in which they began. */
  tasks(runKey: string): Promise<TaskRow[]>;
  /** What was added while it lived, by id, in the order of the additions. */
  added(runKey: string): Promise<Map<string, PlanTask>>;
  /** The execution that added each of those; what people added is not in it. */
  addedBy(runKey: string): Promise<Map<string, string>>;
  /** Those that have ended, in the same order. */
  ended(runKey: string): Promise<EndedRow[]>;
  /** What came out of executions, in the order of `ids`. */
  outputs(runKey: string, ids: readonly string[]): Promise<OutputRow[]>;
  /** Branches of its tasks that have ended, in the order in which they did. */
  mergeBranches(runKey: string): Promise<MergeBranch[]>;
  /** The same of tasks whose results it has from earlier runs: these runs have the branches. */
  reusedBranches(runKey: string): Promise<ReusedBranch[]>;
  /** Absolute folders of tasks that have a workspace of their own, by the task's id. */
  workspaces(runKey: string): Promise<Record<string, string>>;
  /** What its agents share, by key: the newest version of each; and the locks that are held. */
  sharedState(runKey: string): Promise<{ values: StateVersion[]; locks: StateLock[] }>;
  /** The kept versions of a key of that, oldest first. */
  stateHistory(runKey: string, key: string): Promise<StateVersion[]>;
  /** Points to fork from, oldest first. */
  checkpoints(runKey: string): Promise<CheckpointRow[]>;
  /** What is left to undo, in the order in which it is undone. */
  undoList(runKey: string): Promise<UndoEntry[]>;
  /** What waits in runs that have not ended, or in that one, oldest first. */
  waiting(limit?: number, runKey?: string): Promise<WaitingRow[]>;
  /** What people decided, newest first: since then in runs that have not ended before, or all of one run. */
  decisions(filter: DecisionFilter): Promise<DecidedRow[]>;
  /** Whether something ever waited in a run, by its id or its task; null: the run as a whole. */
  everAsked(runKey: string, named: string | null): Promise<boolean>;
  /** Its calls that wait for their turn, as others hold the money back that they may cost; null: none does. */
  waitingCalls(runKey: string): Promise<WaitingCalls | null>;
  /** Limits on money and tokens of a run and its parts that calls have counted to so far, with what is spent of each. */
  limits(runKey: string): Promise<SpentLimit[]>;
  /** What is spent and held back of it, in both units, and of its parts that have limits. */
  spending(runKey: string): Promise<Spending[]>;
  /** What the runs of the same workflow before it took. */
  pastRuns(runKey: string): Promise<PastRuns>;
  /** The runs that it goes back to, nearest first; removed ones end the list. */
  ancestors(runKey: string): Promise<RunRow[]>;
  /** Which tasks of a plan would take over a result, as far as can be known before the start. */
  planReuse(plan: Plan, lineage: Lineage): Promise<PlannedReuse[]>;
  /** What came out of evaluating it, oldest first. */
  evaluations(runKey: string): Promise<KeptEvaluation[]>;
  /** The newest evaluation of each of the newest `limit` runs of a workflow that have one, newest run first; `before`: only of runs that began before that one, by its key. */
  evaluationsOf(filter: { workflow: string; limit: number; before?: string }): Promise<KeptEvaluation[]>;
  /** What an agent of that name did over all runs that are kept. */
  agentStats(agent: string): Promise<AgentStats>;
  /** What agents, or that one, did in the newest runs, by the model that answered. */
  agentUse(agent?: string): Promise<AgentUse[]>;
  /** The newest runs in which an agent of that name did something, newest first. */
  agentRuns(agent: string): Promise<AgentRun[]>;
  /** What the newest runs of each workflow took, in the order of `workflows`. */
  workflowHistories(workflows: readonly string[]): Promise<WorkflowHistory[]>;
  /** The newest runs of a workflow, newest first. */
  runsOfWorkflow(wanted: { workflow: string; limit: number }): Promise<PastRun[]>;
  /** The plan of a run that evaluates a run which has ended. @throws StoreError `not-found` when there is no such result */
  evaluationPlan(runKey: string): Promise<Plan>;
  /** Removes a run with everything that belongs to it. @returns whether there was one */
  remove(runKey: string): Promise<boolean>;
}

/** Events of runs. */
export interface EventStore {
  /** Appends what is new (by key), and numbers it. */
  append(runKey: string, events: RunEventDraft[]): Promise<void>;
  /** Events with a number above `after`, oldest first, at most `limit` (1,000). */
  list(runKey: string, after?: number, limit?: number): Promise<RunEvent[]>;
  /** Events of those types, oldest first, at most `limit`. */
  listOf(runKey: string, types: readonly string[], limit: number): Promise<RunEvent[]>;
  /** What its events so far add up to. Whoever asks again soon costs no more than what is new. */
  state(runKey: string): Promise<RunState>;
}

/** Whether the same may go through later: the database is away, everybody is at it, or something is in its way. */
export function isPassing(error: unknown): error is StoreError {
  return error instanceof StoreError && ['unreachable', 'busy', 'hindered'].includes(error.reason);
}

/**
 * The database said no, or is not there. `unreachable`: it does not answer, or refuses us; `busy`: it is there, and all connections to
 * it are in use; `hindered`: it is there, and something that passes keeps it from this: a full disk, a lock, a limit of time; `pooler`: what is in between does not
 * keep a connection for us.
 */
export class StoreError extends GafferError {
  override readonly name = 'StoreError';
  readonly kind: 'not-found' | 'unreachable' | 'failed';
  readonly reason:
    'unreachable' | 'busy' | 'hindered' | 'pooler' | 'foreign' | 'newer' | 'not-found' | 'changed-migration';
  constructor(reason: StoreError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = reason === 'not-found' ? 'not-found' : reason === 'hindered' ? 'failed' : 'unreachable';
    this.reason = reason;
  }
}
