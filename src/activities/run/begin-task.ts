/*
 * B1 What was answered for a task and epoch is answered again: its row keeps the answer.
 * B2 A task that begins has its row before anything is paid for; what undoes it is registered with that.
 * B3 A result of an earlier run is looked for when the task has not been tried in this one.
 */
import { aboutPrompt } from '../../domain/run/about-task.ts';
import { contextOf } from '../../domain/ids/execution-id.ts';
import type { BeginTask, BegunTask } from '../../contracts/progress.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { JsonValue } from '../../domain/json.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { canUndo } from '../../domain/plan/task-work.ts';
import type { Reusable, ReuseLevel } from '../../store/reuse/reuse.ts';
import {
  allowedOf,
  chooseReusable,
  copyConversation,
  filesOfReused,
  findCandidates,
  loadLevels,
  loadUsed,
  toSource,
} from '../../store/reuse/reuse.ts';
import type { Sql } from '../../store/database/sql.ts';
import { copyValues, stateWakeKey } from '../../store/state/state-values.ts';
import { callKeys } from '../../store/wakes/waits.ts';
import { siblingsOf } from '../../store/task/siblings.ts';
import type { TaskDecision } from '../../store/task/task-decision.ts';
import { decide } from '../../store/task/task-decision.ts';
import type { TaskFacts } from '../../store/task/task-facts.ts';
import { findVerdicts } from '../../store/task/task-rows.ts';
import type { BegunRow } from '../../store/task/task-writes.ts';
import { writeBegun, writeItems } from '../../store/task/task-writes.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';

/** A task that is about to start, with what was found out about it. */
interface Candidate {
  begin: BeginTask;
  definition: PlanTask;
  decision: TaskDecision;
}

/** Answers for each task that is about to start what is to become of it, and writes its row. */
export async function beginTasks(
  sql: Sql,
  run: FrozenRun,
  { begin, facts }: { begin: readonly BeginTask[]; facts: TaskFacts },
): Promise<BegunTask[]> {
  const answered = await findAnswered(sql, run, begin);
  const open = begin.filter(({ id }) => !answered.has(id));
  const candidates = await decideAll(sql, run, { open, facts });
  const reused = await reuse(sql, run, candidates);
  const rows: BegunRow[] = [];
  for (const candidate of candidates) {
    const { row, verdict } = reused.get(candidate.begin.id) ?? toRow(run, candidate);
    rows.push(row);
    answered.set(row.id, verdict);
    const { begin: one, decision } = candidate;
    if (decision.kind === 'expand') {
      await writeItems(sql, run.no, { task: one.task, iteration: one.iteration, items: decision.items });
    }
  }
  await writeBegun(sql, run.no, rows);
  return begin.map(({ id }) => answered.get(id)!);
}

// B1. A prompt that a person has changed is decided about anew; doing so twice comes to the same.
async function findAnswered(sql: Sql, run: FrozenRun, begin: readonly BeginTask[]): Promise<Map<string, BegunTask>> {
  const ids = begin.map(({ id }) => id);
  const asked = new Map(begin.map((one) => [one.id, one]));
  const answered = new Map<string, BegunTask>();
  for (const { id, epoch, verdict } of await findVerdicts(sql, run.no, ids)) {
    const { epoch: wanted, prompt } = asked.get(id)!;
    if (verdict && epoch === wanted && prompt === undefined) answered.set(id, verdict);
  }
  return answered;
}

async function decideAll(
  sql: Sql,
  run: FrozenRun,
  { open, facts }: { open: readonly BeginTask[]; facts: TaskFacts },
): Promise<Candidate[]> {
  const found: { begin: BeginTask; definition: PlanTask }[] = [];
  for (const begin of open) {
    const definition = await taskDefinition(sql, run, begin.task);
    if (!definition) throw new Error(`run ${run.runId} has no task ${begin.task}`);
    found.push({ begin, definition });
  }
  await facts.fetch(found.flatMap(({ definition }) => definition.dependsOn.map(({ task }) => task)));
  const candidates: Candidate[] = [];
  for (const { begin, definition } of found) {
    const decision = await decide(run, facts, { definition, starting: begin });
    candidates.push({ begin, definition, decision });
  }
  return candidates;
}

function toRow(run: FrozenRun, { begin, definition, decision }: Candidate): { row: BegunRow; verdict: BegunTask } {
  const { id } = begin;
  const base = baseRow(begin, definition);
  switch (decision.kind) {
    case 'start': {
      const { prompt, key, asks } = decision;
      const detail = asks ? toDetail(prompt) : '';
      const verdict: BegunTask = { id, verdict: 'start', asks, detail, about: aboutPrompt(prompt) };
      const canCompensate = canUndo(definition);
      return {
        row: {
          ...base,
          status: 'running',
          verdict: toJson(verdict),
          prompt,
          reuse_key: key,
          can_compensate: canCompensate,
        },
        verdict,
      };
    }
    case 'expand': {
      const verdict: BegunTask = { id, verdict: 'expand', width: decision.items.length };
      return { row: { ...base, status: 'running', verdict: toJson(verdict), width: decision.items.length }, verdict };
    }
    case 'skip': {
      const { reason, isMissing } = decision;
      const verdict: BegunTask = { id, verdict: 'skip', reason, ...(isMissing && { isMissing }) };
      return { row: { ...base, status: 'skipped', verdict: toJson(verdict) }, verdict };
    }
    case 'fail': {
      const verdict: BegunTask = { id, verdict: 'fail', error: decision.error };
      return { row: { ...base, status: 'failed', verdict: toJson(verdict), error: decision.error }, verdict };
    }
  }
}

function baseRow({ id, task, item, iteration, epoch }: BeginTask, definition: PlanTask) {
  const { agent, depth, phase } = definition;
  const context = contextOf(definition, item);
  return { id, task, item, iteration, epoch, phase, agent, context, depth };
}

function toJson(verdict: BegunTask): JsonValue {
  return { ...verdict };
}

async function reuse(
  sql: Sql,
  run: FrozenRun,
  candidates: readonly Candidate[],
): Promise<Map<string, { row: BegunRow; verdict: BegunTask }>> {
  const done = new Map<string, { row: BegunRow; verdict: BegunTask }>();
  if (!run.lineage) return done;
  const keys = new Map<string, string>();
  for (const { begin, decision } of candidates) {
    if (decision.kind === 'start' && begin.epoch === 0 && begin.prompt === undefined) keys.set(begin.id, decision.key);
  }
  const levels = keys.size === 0 ? [] : await loadLevels(sql, run.lineage);
  const byKey = await findCandidates(sql, levels, [...keys.values()]);
  if (byKey.size === 0) return done;
  const used = await loadUsed(sql, run.no);
  for (const candidate of candidates) {
    const key = keys.get(candidate.begin.id);
    const source =
      key === undefined ? undefined : choose(run, candidate, { found: byKey.get(key) ?? [], levels, used });
    if (!source) continue;
    used.add(toSource(source));
    done.set(candidate.begin.id, await takeOver(sql, run, { candidate, key: key!, source }));
  }
  return done;
}

function choose(
  run: FrozenRun,
  { begin, definition }: Candidate,
  { found, levels, used }: { found: Reusable[]; levels: readonly ReuseLevel[]; used: ReadonlySet<string> },
): Reusable | undefined {
  const { redo } = levels[0]!;
  if (redo.has(begin.id) || redo.has(begin.task)) return undefined;
  const { plan, lineage } = run;
  const allowed = allowedOf(found, { plan, task: definition, lineage: lineage!, levels });
  return chooseReusable(allowed, { id: begin.id, siblings: siblingsOf(run.plan, definition), used });
}

async function takeOver(
  sql: Sql,
  run: FrozenRun,
  { candidate, key, source }: { candidate: Candidate; key: string; source: Reusable },
): Promise<{ row: BegunRow; verdict: BegunTask }> {
  const { begin, definition } = candidate;
  const base = baseRow(begin, definition);
  const { context, agent } = base;
  const copied = await copyValues(sql, run.no, { from: source.no, id: source.id, as: begin.id });
  await callKeys(sql, run.no, copied.map(stateWakeKey));
  const head = await copyConversation(sql, run.no, { source, id: begin.id, context, agent });
  const text = source.summary;
  const files = filesOfReused(run.plan, definition, run.lineage!);
  const told = { head, preview: preview(text, 300), from: source.runId, ...(files && { files }) };
  const verdict: BegunTask = { id: begin.id, verdict: 'reuse', ...told };
  const { prompt } = candidate.decision as TaskDecision & { kind: 'start' };
  return {
    verdict,
    row: {
      ...base,
      status: 'reused',
      verdict: toJson(verdict),
      prompt,
      head,
      summary: text,
      attempts: source.attempts,
      reuse_key: key,
      reused_from: toSource(source),
      output_hash: source.outputHash,
      ...(source.output === undefined ? {} : { output: source.output }),
    },
  };
}
