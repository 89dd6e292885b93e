import { taskPriorities } from '../../domain/run-priority.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { PlanPhase, PlanTask, Workspace } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { Repeat } from '../../domain/plan/task-work.ts';
import type { Draft } from '../draft/draft.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import type { PlanContext } from '../../domain/context/plan-context.ts';
import { toBriefing } from './plan-briefing.ts';
import { phaseIsolation, toCodingTask } from './plan-coding.ts';
import { toTaskApproval } from './plan-approval.ts';
import { toCompensation } from './plan-compensation.ts';
import { toSpendLimit } from './plan-limits.ts';
import type { NestedWorks } from './plan-work.ts';
import { toPlanWork } from './plan-work.ts';
import type { PlanGraph } from '../draft/graph.ts';
import type { PlanTexts } from '../draft/texts.ts';
import { bothConditions } from '../draft/texts.ts';
import type { PhaseFile, TaskFile } from '../schema/schema-tasks.ts';
import type { TrackIndex } from './plan-pool.ts';
import type { ValuePath } from '../source/source-document.ts';
import { chooseModel } from '../../domain/money/model-table.ts';

/** A checked definition: its parts stand in the same order. */
export interface CheckedTasks {
  draft: Draft;
  /** Those of the phases, then those outside of phases. */
  files: readonly TaskFile[];
  names: readonly { id: string; context: string }[];
  /** Who does each task. */
  agents: readonly string[];
  graph: PlanGraph;
  texts: PlanTexts;
  /** Where each works; null: in the run's workspace. */
  workspaces: readonly (Workspace | null)[];
  /** Which track each task belongs to; left out: to none. */
  tracks?: TrackIndex;
  depth: number;
  /** How conversations of the run are kept; left out: as in plans of before. */
  context?: PlanContext;
  /** Left out: none. */
  nested?: NestedWorks;
}

const priorities = { ...taskPriorities, critical: 10 };

/** The tasks of a plan, in topological order. */
export function toPlanTasks(checked: CheckedTasks): PlanTask[] {
  return checked.graph.order.map((index) => toPlanTask(checked, index));
}

/** The phases of a plan. */
export function toPlanPhases(files: readonly PhaseFile[], texts: PlanTexts): PlanPhase[] {
  return files.map((file, index) => ({
    name: file.name,
    executionMode: file.execution_mode ?? 'sequential',
    repeat: toRepeat(file.repeat, ['phases', index, 'repeat'], texts),
    limits: toSpendLimit(file.limits),
    ...phaseIsolation(file),
  }));
}

function toPlanTask(checked: CheckedTasks, index: number): PlanTask {
  const { draft, files, names, agents, texts, depth } = checked;
  const workspace = checked.workspaces[index];
  const file = files[index]!;
  const { path, phase, join, decompose } = draft.tasks[index]!;
  const agent = agents[index]!;
  const track = checked.tracks?.get(names[index]!.id);
  const prompt = texts.textAt([...path, 'prompt']);
  const ofPhase = phase === null ? null : texts.sourceAt([...draft.phases[phase]!.path, 'when']);
  return {
    id: names[index]!.id,
    phase,
    context: names[index]!.context,
    agent,
    ...toPlanWork(file, { path, texts, nested: checked.nested ?? new Map() }),
    prompt: prompt.text,
    template: prompt.template,
    ...(prompt.written !== undefined && { written: prompt.written }),
    ...toBriefing(checked, index, prompt.template),
    join,
    continueOnError: file.continue_on_error ?? planDefaults.task.continueOnError,
    priority: toPriority(file.priority ?? track?.priority),
    afterPhase: phase === null || phase === 0 ? null : phase - 1,
    when: bothConditions(ofPhase, texts.sourceAt([...path, 'when'])),
    forEach: toForEach(file.for_each, [...path, 'for_each'], texts),
    repeat: toRepeat(file.repeat, [...path, 'repeat'], texts),
    output: (file.output as JsonObject | undefined) ?? null,
    retry: toRetry(file.retry),
    timeoutMs: toMilliseconds(file.timeout ?? ''),
    limits: toSpendLimit(file.limits),
    compensate: toCompensation(file.compensate, agent, { texts, path: [...path, 'compensate'] }),
    approval: toTaskApproval(file.approval, texts.sourceAt([...path, 'approval', 'when'])),
    filesScope: (file.files_scope ?? []).map((_, at) => texts.textAt([...path, 'files_scope', at]).text),
    // Left out where it is the run's: plans keep their hash.
    ...(workspace && { workspace }),
    decompose,
    depth,
    ...onlyWhereGiven(file),
    ...(track && { track: track.name }),
  };
}

/** Keys that stand in a plan only where a file has them: plans of before keep their hash. */
function onlyWhereGiven(file: TaskFile): Partial<PlanTask> {
  return {
    ...(file.reuse && { reuse: file.reuse }),
    ...(file.description !== undefined && { description: file.description }),
    ...(file.complexity && { complexity: file.complexity }),
    ...(file.context && { data: file.context as JsonObject }),
    ...toOverrides(file),
    ...toCodingTask(file),
  };
}

function toOverrides({ model, max_tokens: maxTokens }: TaskFile): Pick<PlanTask, 'overrides'> {
  if (model === undefined && maxTokens === undefined) return {};
  return {
    overrides: { ...(model !== undefined && chooseModel(model)), ...(maxTokens !== undefined && { maxTokens }) },
  };
}

function toRetry({ max_attempts, backoff }: NonNullable<TaskFile['retry']> = {}): PlanTask['retry'] {
  const { maxAttempts, backoffMs } = planDefaults.retry;
  return { maxAttempts: max_attempts ?? maxAttempts, backoffMs: toMilliseconds(backoff ?? '') ?? backoffMs };
}

function toPriority(file: TaskFile['priority']): number {
  return typeof file === 'string' ? priorities[file] : (file ?? planDefaults.task.priority);
}

function toForEach(file: TaskFile['for_each'], path: ValuePath, texts: PlanTexts): PlanTask['forEach'] {
  if (file === undefined) return null;
  if (typeof file === 'string' || Array.isArray(file)) return { items: texts.sourceAt(path)!, size: null };
  return { items: texts.sourceAt([...path, 'items'])!, size: file.size ?? null };
}

function toRepeat(file: TaskFile['repeat'], path: ValuePath, texts: PlanTexts): Repeat | null {
  if (file === undefined) return null;
  return { until: texts.sourceAt([...path, 'until'])!, max: file.max ?? planDefaults.repeatMax };
}
