import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import type { EndedTask } from '../../contracts/progress.ts';
import type { AgentTaskProgress } from '../../contracts/agent-task.ts';
import { contextOf, parseInstanceId } from '../../domain/ids/execution-id.ts';
import { isolationOf } from '../../domain/worktrees/isolation-of.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Workspace } from '../../domain/plan/plan.ts';
import { outlineOptions } from '../../domain/plan/outline.ts';

/** A piece of work for an agent: one execution of a task. */
export interface WorkItem {
  /** See `toInstanceId`. */
  id: string;
  phase: string | null;
  agent: string;
  context: string;
  /** null: the prompt that the store has for this task. */
  prompt: string | null;
  /** How its prompt begins, for whoever looks; left out: nobody said. */
  about?: string;
  /** The model that is asked, where it is not the agent's. */
  model?: string | null;
  retry: { maxAttempts: number; backoffMs: number };
  timeoutMs: number | null;
  /** Where its tools work; null or not there: in the run's workspace. */
  workspace?: Workspace | null;
  /** Whether somebody is asked about its result, whatever it is; its end is told as `waiting` then. */
  isAskedAfter?: boolean;
  /** JSON Schema that its answer must meet, for a task that no plan has. */
  output?: JsonObject;
  /** It works in a worktree of its own; not there: in the folder as it is. */
  isolates?: true;
  /** What does it instead of an agent; null or not there: an agent does. */
  work?: 'workflow' | 'tool' | null;
}

/** A task's execution as a piece of work. Items of a task without a context of its own each have a conversation of their own. */
export function toWorkItem(id: string, task: OutlineTask, outline: RunOutline): WorkItem {
  const { retry, timeoutMs, approval, workspace, model, heading, work, isolate } = outlineOptions(task);
  const isAskedAfter = approval?.at === 'after' && approval.when === null;
  const phase = task.phase === null ? heading : outline.phases[task.phase]!.name;
  const { item } = parseInstanceId(id);
  const context = contextOf(task, item);
  const isolation = isolationOf({
    task: isolate === null ? undefined : { isolate },
    ...{ agent: outline.agents[task.agent], run: outline.isolation },
    phase: task.phase === null ? undefined : outline.phases[task.phase],
  });
  const isolates = !work && isolation !== 'shared' && { isolates: true as const };
  const rest = { model, retry, timeoutMs, workspace, isAskedAfter, ...(work && { work }), ...isolates };
  return { id, phase, agent: task.agent, context, prompt: null, ...rest };
}

/** Where a task of the run is. */
export interface TaskState extends EndedTask {
  phase: string | null;
  startedAt: number;
  /** Where its conversation stood when it began. */
  startHead: string | null;
  progress: AgentTaskProgress | null;
  /** Where its tools work; not there: in the run's workspace. */
  workspace?: Workspace;
  /** Type of the failure that ended it, see failure-types.ts; known in the execution in which it ended. */
  failure?: string;
}

/** Runs a piece of work to its end. Never throws but for a cancel. */
export type RunItem = (task: WorkItem) => Promise<TaskState>;

/** What the store keeps of a task's end. */
export function toEndedTask(state: TaskState): EndedTask {
  const { id, status, agent, context, durationMs, attempts, error, head, isJson, value } = state;
  const kept = { id, status, agent, context, durationMs, attempts, error, head, ...(isJson && { isJson }) };
  return value === undefined ? kept : { ...kept, value };
}
