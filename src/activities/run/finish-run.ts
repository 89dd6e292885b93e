import type { EndedTask, FinishRunInput } from '../../contracts/progress.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { endOfRun, stopOf, summarize } from '../../domain/run/run-end.ts';
import type { CompensationResult, RunResult, TaskResult } from '../../domain/run/run-result.ts';
import type { JsonValue } from '../../domain/json.ts';
import { toUsd } from '../../domain/money/money.ts';
import { listCompensations } from '../../store/run/compensations.ts';
import { endMessages } from '../../store/messages/messages.ts';
import { appendNew, countRefused, isTold } from '../../store/run/events.ts';
import { findResult, writeResult } from '../../store/run/run-result.ts';
import { releaseReservations } from '../../store/journal/ledger.ts';
import { releaseClaims } from '../../store/issues/issue-steps.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { Exchange } from '../../store/run/nested-runs.ts';
import { findBegun, writeExchange, writePaid } from '../../store/run/nested-runs.ts';
import { loadOutputs } from '../../store/task/task-outputs.ts';
import { loadTexts } from '../../store/task/task-facts.ts';
import { listEnded, writeCompensated } from '../../store/task/task-rows.ts';
import type { PaidUsage } from '../../store/task/task-usage.ts';
import { addPaid, nothingPaid, usageByTask } from '../../store/task/task-usage.ts';
import { ownerOf } from '../../domain/ids/worker-id.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { checksOf, evaluateAtEnd } from '../evaluation/evaluate-at-end.ts';
import { endOfBranches, withUnmerged, type BranchEnds } from '../merge/end-of-branches.ts';
import { awaitLastCalls } from './last-calls.ts';
import { applyProgress } from './record-progress.ts';
import { evaluateOutputs } from './evaluate-outputs.ts';

// All outputs together stay below this, in characters (of a payload's 128 KB).
const outputBudget = 60_000;
const longestOutput = 4000;

/**
 * Writes the run's result and its last events, once, and hands the result to the workflow.
 *
 * A rollback writes the result anew, once, and tells of it behind the last event of a run that had one.
 */
export async function finishRun(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  input: FinishRunInput,
): Promise<RunResult> {
  await awaitLastCalls(store, run.no);
  const result = await store.transaction(async (sql) => {
    const { no } = run;
    const { written } = await findBefore(sql, no, input, { isLocked: false });
    if (written) return written;
    // The run's row is locked after it, as by every step (P3).
    if (input.last) await applyProgress(sql, run, input.last);
    const { written: other, before } = await findBefore(sql, no, input, { isLocked: true });
    if (other) return other;
    const compensations = await settleCompensations(sql, no, input);
    const ended = await allEnded(sql, no, input.tasks);
    const heads = ended.flatMap((task) => (task.json === undefined ? (task.head ?? []) : []));
    const facts = {
      texts: await loadTexts(sql, heads),
      used: await usageByOwner(sql, no),
      refused: await refusedByOwner(sql, no),
      before,
      outputs: await evaluateOutputs(sql, run),
      merges: await endOfBranches(sql, run),
    };
    const handled = [...(input.handled ?? []), ...checksOf(run)];
    const made = toResult({ ...input, compensations, handled }, ended, facts);
    const evaluated = input.rollback === undefined ? await evaluateAtEnd(sql, run, made, ended) : [];
    if (run.parent && input.rollback === undefined) made.head = await tellParent(sql, run, { made, used: facts.used });
    else if (run.parent) await writePaid(sql, run.parent, paidIn(facts.used));
    await releaseReservations(sql, no);
    await releaseClaims(sql, input.runKey);
    await endMessages(sql, no);
    const undone = input.rollback === undefined ? [] : [rollbackEvent(input.rollback, made)];
    await appendNew(sql, no, [...undone, ...evaluated, ...(before ? [] : lastEvents(made))]);
    await writeResult(sql, no, made);
    return made;
  });
  return fitIntoHistory(result);
}

// What came out of a run that is a task stands where an agent's answer would.
async function tellParent(
  sql: Sql,
  { no: own, parent }: FrozenRun,
  { made, used }: { made: RunResult; used: ReadonlyMap<string, PaidUsage> },
): Promise<string> {
  const { no, runKey, taskId, attempt } = parent!;
  const begun = await findBegun(sql, no, taskId);
  if (!begun) throw new Error(`the run around ${made.runId} has no task ${taskId}`);
  const outputs = made.outputs ?? (await outputsOfTasks(sql, own, made.tasks));
  const answered = made.status === 'succeeded' ? JSON.stringify(outputs) : (made.reason ?? made.status);
  return writeExchange(sql, { no, runKey, taskId, attempt, begun, answered, paid: paidIn(used) });
}

function paidIn(used: ReadonlyMap<string, PaidUsage>): NonNullable<Exchange['paid']> {
  const { usage, nanos: nano, uncounted } = [...used.values()].reduce(addPaid, nothingPaid);
  return { usage: { ...usage, ...(uncounted > 0 && { uncounted: true }) }, nano };
}

async function outputsOfTasks(sql: Sql, no: number, tasks: RunResult['tasks']): Promise<Record<string, JsonValue>> {
  const rows = await loadOutputs(sql, no, Object.keys(tasks));
  return Object.fromEntries(rows.map(({ id, value, output }) => [id, value ?? output]));
}

// `written`: by this very call, which comes once more; `before`: what a rollback writes anew.
async function findBefore(
  sql: Sql,
  no: number,
  { rollback }: FinishRunInput,
  how: { isLocked: boolean },
): Promise<{ written: RunResult | null; before: RunResult | null }> {
  const result = await findResult(sql, no, how);
  if (rollback === undefined || result === null) return { written: result, before: null };
  const isWritten = await isTold(sql, no, rollbackKey(rollback));
  return isWritten ? { written: result, before: null } : { written: null, before: result };
}

// An agent that could not undo something is known to the workflow alone; earlier rollbacks are known to the store alone.
async function settleCompensations(
  sql: Sql,
  no: number,
  { compensations, rollback }: FinishRunInput,
): Promise<CompensationResult[]> {
  for (const { taskId: id, status, error } of compensations) {
    if (status === 'failed') await writeCompensated(sql, no, { id, error: error ?? 'failed' });
  }
  return rollback === undefined ? compensations : listCompensations(sql, no);
}

/** A task that ended, with its structured output if it has one. */
type Ended = EndedTask & { json?: JsonValue };

// The store has heard of most ends already; what the workflow says is newer, and is all there is of hand-written workflows.
async function allEnded(sql: Sql, no: number, tasks: readonly EndedTask[]): Promise<Ended[]> {
  const byId = new Map(tasks.map((task): [string, Ended] => [task.id, task]));
  for (const { output, parsed, ...row } of await listEnded(sql, no)) {
    const told = byId.get(row.id);
    // A result that was taken over is known to the store alone.
    const task = told && told.status !== 'reused' ? told : { ...row, ...told, head: row.head };
    byId.set(row.id, parsed ? { ...task, json: output } : task);
  }
  return [...byId.values()];
}

/** What the store knows of a run at its end; `before`: a result that is written anew. */
interface RunFacts {
  texts: ReadonlyMap<string, string>;
  used: ReadonlyMap<string, PaidUsage>;
  refused: ReadonlyMap<string, number>;
  before: RunResult | null;
  outputs: Pick<RunResult, 'outputs' | 'outputErrors'>;
  merges: BranchEnds;
}

function toTaskResult(
  { id, head, json, ...task }: Ended,
  { texts, used, refused }: Omit<RunFacts, 'outputs' | 'merges'>,
  longest: number,
): TaskResult {
  const { usage, nanos, turns, uncounted } = used.get(id) ?? nothingPaid;
  const output = json === undefined ? ((head && texts.get(head)) ?? '') : JSON.stringify(json);
  const { status, agent, context, durationMs, attempts, error } = task;
  return {
    status,
    agent,
    context,
    output: shorten(output, longest),
    durationMs,
    attempts,
    usage,
    costUsd: toUsd(nanos),
    ...(uncounted > 0 && { uncountedCalls: uncounted }),
    ...(refused.has(id) && { refusedCalls: refused.get(id)! }),
    turns,
    error,
  };
}

function toResult(input: FinishRunInput, ended: readonly Ended[], facts: RunFacts): RunResult {
  const { used, before, outputs } = facts;
  const longest = Math.min(longestOutput, Math.floor(outputBudget / Math.max(1, ended.length)));
  // In the order in which they were.
  const tasks: Record<string, TaskResult> = { ...before?.tasks };
  const handled = new Set(input.handled);
  for (const task of ended) {
    const result = toTaskResult(task, facts, longest);
    tasks[task.id] = handled.has(task.id) && task.status === 'failed' ? { ...result, isHandled: true } : result;
  }
  const { compensations, runId, workflow } = input;
  const stop = before ? stopOf(before) : input.stop;
  const { status, reason } = withUnmerged(endOfRun(tasks, stop, compensations), facts.merges);
  const others = [...used].filter(([id]) => !Object.hasOwn(tasks, id));
  const besides = others.map(([, { usage, nanos }]) => ({ usage, costUsd: toUsd(nanos) }));
  const all = [...used.values()].reduce(addPaid, nothingPaid);
  const ofCalls = { estimatedCalls: all.estimated, uncountedCalls: all.uncounted };
  const summary = summarize(tasks, before?.summary.totalDuration ?? input.durationMs, besides, ofCalls);
  return {
    ...{ runId, workflow, status, reason, stop, summary },
    ...outputs,
    ...facts.merges.named,
    tasks,
    compensations,
  };
}

/** Most of a result that a workflow's history gets, in characters of JSON; the store has all of it. */
const historyBudget = 100_000;
/** Most that outputs of the file have of that, all together. */
const longestOutputs = 40_000;

// Tasks that tell most come first: those that did not succeed. The summary counts all.
function fitIntoHistory(whole: RunResult): RunResult {
  if (JSON.stringify(whole).length <= historyBudget) return whole;
  const result = withoutLongOutputs(whole);
  const compensations = result.compensations.slice(0, 100);
  const isBad = ([, { status }]: [string, TaskResult]): number =>
    status === 'succeeded' || status === 'reused' ? 1 : 0;
  const kept: [string, TaskResult][] = [];
  const { outputs = {}, outputErrors = {}, branches = {} } = result;
  let size = JSON.stringify([compensations, outputs, outputErrors, branches]).length;
  for (const entry of Object.entries(result.tasks).toSorted((a, b) => isBad(a) - isBad(b))) {
    size += JSON.stringify(entry).length;
    if (size > historyBudget) break;
    kept.push(entry);
  }
  return { ...result, compensations, tasks: Object.fromEntries(kept) };
}

// Of a value nothing can be left out: it is there whole or, with the way to it, not at all.
function withoutLongOutputs(result: RunResult): RunResult {
  if (!result.outputs) return result;
  const errors: [string, string][] = Object.entries(result.outputErrors ?? {});
  let left = longestOutputs;
  const kept = Object.entries(result.outputs).map(([name, value]): [string, JsonValue] => {
    const { length } = JSON.stringify(value);
    if (length <= left) {
      left -= length;
      return [name, value];
    }
    errors.push([name, `${length} characters, too many for Temporal: \`gaffer output ${result.runId} ${name}\``]);
    return [name, null];
  });
  return { ...result, outputs: Object.fromEntries(kept), outputErrors: Object.fromEntries(errors) };
}

async function refusedByOwner(sql: Sql, no: number): Promise<Map<string, number>> {
  const refused = new Map<string, number>();
  for (const { id, count } of await countRefused(sql, no)) {
    const owner = ownerOf(id);
    refused.set(owner, (refused.get(owner) ?? 0) + count);
  }
  return refused;
}

// Who undoes a task or helps with it works for that task.
async function usageByOwner(sql: Sql, no: number): Promise<Map<string, PaidUsage>> {
  const used = new Map<string, PaidUsage>();
  for (const [id, paid] of await usageByTask(sql, no)) {
    const owner = ownerOf(id);
    used.set(owner, addPaid(used.get(owner) ?? nothingPaid, paid));
  }
  return used;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}… (${text.length} characters)` : text;
}

function rollbackKey(rollback: string): string {
  return `rolled-back/${rollback}`;
}

function rollbackEvent(rollback: string, { status, reason, summary }: RunResult): RunEventDraft {
  return { key: rollbackKey(rollback), type: 'run:rolled-back', status, reason, summary };
}

function lastEvents(result: RunResult): RunEventDraft[] {
  const { status, summary } = result;
  const reason = result.reason ?? status;
  if (status === 'failed') return [{ key: 'end', type: 'workflow:error', reason }];
  if (status === 'cancelled') {
    return [
      { key: 'cancelled', type: 'run:cancelled', reason },
      { key: 'end', type: 'workflow:error', reason },
    ];
  }
  const tasks = Object.fromEntries(
    Object.entries(result.tasks)
      .slice(0, 40)
      .map(([id, task]) => [id, task.status]),
  );
  return [
    { key: 'complete', type: 'workflow:complete', summary, status },
    { key: 'end', type: 'workflow:results', status, reason: result.reason, tasks },
  ];
}
