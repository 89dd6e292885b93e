import {
  alignTasks,
  pathOf,
  planDifferences,
  type ComparedCell,
  type ComparedRow,
  type PlanDifference,
  type RunInComparison,
} from '../../domain/evaluation/compare-many.ts';
import type { Recommendation } from '../../domain/evaluation/recommendation.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import { modelNameOf } from '../../domain/money/model-table.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import type { RunRow } from '../../store/store.ts';
import { UsageError } from '../../domain/errors.ts';
import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import { findRun } from '../follow/find-run.ts';
import type { RunView, TaskView } from '../run-view.ts';
import { recommendationsFor } from './recommendations.ts';

/** A run of a comparison. Times are ISO 8601 or in ms, money in USD. */
export interface ComparedRun {
  runId: string;
  workflow: string;
  status: string;
  reason: string | null;
  startedAt: string;
  endedAt: string | null;
  /** Run that it goes on from; null: none. */
  from: { run: string; kind: 'retry' | 'fork' | 'reuse'; at: string | null } | null;
  costUsd: number;
  isUncounted: boolean;
  tokens: number;
  durationMs: number;
  /** 0 to 100; null: nobody evaluated it. */
  score: number | null;
  tasks: { total: number; succeeded: number; failed: number; reused: number };
  /** The longest way through it: what it could not have been quicker than. */
  criticalPath: { tasks: string[]; totalMs: number };
}

/** Two to four runs side by side. */
export interface ComparedMany {
  runs: ComparedRun[];
  /** What they were to do otherwise, besides what tasks were asked; at most 200. */
  plan: PlanDifference[];
  /** From the `offset` that was asked for on, those that differ first. */
  tasks: ComparedRow[];
  total: number;
  differing: number;
  /** Of two that have ended: what evaluations say about what they were asked differently. */
  recommendations: Recommendation[];
}

/** Texts of one task in all runs; null: it has none. */
export interface ComparedTexts {
  task: string;
  texts: ({
    run: string;
    id: string;
    prompt: string | null;
    output: string;
    instructions: string | null;
    isCut: boolean;
  } | null)[];
}

const most = 4;
const mostPlan = 200;
const longestText = 100_000;

/** Runs side by side, whether they have ended or go on. @throws RunNotFoundError; UsageError for fewer than two, or more than four */
export async function compareMany(
  session: Session,
  ids: readonly string[],
  { offset, limit }: { offset: number; limit: number },
): Promise<ComparedMany> {
  const loaded = await loadAll(session, ids);
  const rows = alignTasks(loaded.map(({ run }) => run));
  const [one, other] = loaded;
  const areEnded = loaded.length === 2 && loaded.every(({ row }) => row.result !== null);
  return {
    runs: loaded.map(toRun),
    plan: planDifferences(loaded.map(({ run }) => run.plan)).slice(0, mostPlan),
    tasks: rows.slice(offset, offset + limit),
    total: rows.length,
    differing: rows.filter(({ differs }) => differs.length > 0).length,
    recommendations: areEnded ? await recommendationsFor(session, other!.row, one!.row) : [],
  };
}

/** What a task was asked, and what came out, in all runs. @throws RunNotFoundError; UsageError when no run has that task */
export async function compareTexts(session: Session, ids: readonly string[], task: string): Promise<ComparedTexts> {
  const loaded = await loadAll(session, ids);
  const row = alignTasks(loaded.map(({ run }) => run)).find((each) => each.task === task);
  if (!row) throw new UsageError(`none of these runs has a task "${task}".`);
  const texts = row.cells.map(async (cell, at) => {
    if (!cell) return null;
    const { row: of, run, prompts } = loaded[at]!;
    const [output] = await session.store.runs.outputs(of.runKey, [cell.id]);
    const whole = [prompts.get(cell.id) ?? null, output?.output ?? '', run.plan.agents[cell.agent]?.system ?? null];
    const [prompt, came, instructions] = whole.map((text) => text?.slice(0, longestText).toWellFormed() ?? null);
    const isCut = whole.some((text) => text !== null && text.length > longestText);
    return { run: of.runId, id: cell.id, prompt: prompt!, output: came!, instructions: instructions!, isCut };
  });
  return { task, texts: await Promise.all(texts) };
}

interface Loaded {
  row: RunRow;
  view: RunView;
  run: RunInComparison;
  /** What each execution was asked, as its agent got it. */
  prompts: ReadonlyMap<string, string | null>;
  score: number | null;
}

/** @throws UsageError */
async function loadAll(session: Session, ids: readonly string[]): Promise<Loaded[]> {
  const unique = [...new Set(ids)];
  if (unique.length < 2 || unique.length > most) throw new UsageError(`name two to ${most} runs to compare.`);
  return Promise.all(unique.map((id) => load(session, id)));
}

async function load(session: Session, id: string): Promise<Loaded> {
  const { store } = session;
  const row = await findRun(session, id);
  const [plan, rows, view, evaluations] = await Promise.all([
    store.runs.plan(row.planHash),
    store.runs.tasks(row.runKey),
    createRun(session, row).view(),
    store.runs.evaluations(row.runKey),
  ]);
  const evaluation = evaluations.at(-1);
  const hashes = new Map(rows.map(({ id: of, outputHash }) => [of, outputHash]));
  const planned = new Map(plan.tasks.map((task) => [task.id, task]));
  const tasks = Object.entries(view.tasks).map(([of, task]): ComparedCell => {
    const model = agentAtWork(plan, task.agent, planned.get(toInstance(of).task));
    return {
      ...cellOf(of, task),
      ...{ model: model ? modelNameOf(model) : null, score: evaluation?.tasks[of]?.score ?? null },
      outputHash: hashes.get(of) ?? null,
    };
  });
  const prompts = new Map(rows.map(({ id: of, prompt, task }) => [of, prompt ?? planned.get(task)?.prompt ?? null]));
  return { row, view, run: { plan, tasks }, prompts, score: evaluation?.score ?? null };
}

function cellOf(id: string, task: TaskView): Omit<ComparedCell, 'model' | 'score' | 'outputHash'> {
  const { status, agent, costUsd, tokens, usage, durationMs, turns, attempts, error } = task;
  return {
    id,
    status,
    agent,
    costUsd,
    tokens: usage ? totalTokens(usage) : tokens,
    durationMs,
    turns,
    attempts,
    error,
  };
}

function toRun({ view, run, score }: Loaded): ComparedRun {
  const { runId, workflow, status, reason, startedAt, endedAt, lineage, summary } = view;
  const { costUsd, uncountedCalls = 0, totalTokens: tokens, totalDuration: durationMs } = summary;
  const { totalTasks: total, successfulTasks: succeeded, failedTasks: failed, reusedTasks: reused } = summary;
  return {
    ...{ runId, workflow, status, reason, startedAt, endedAt, score },
    from: lineage && { run: lineage.run, kind: lineage.kind, at: lineage.from },
    ...{ costUsd, isUncounted: uncountedCalls > 0, tokens, durationMs },
    tasks: { total, succeeded, failed, reused },
    criticalPath: pathOf(run),
  };
}
