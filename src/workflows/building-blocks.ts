import { CancellationScope } from '@temporalio/workflow';
import type { ApplicationFailure } from '@temporalio/workflow';
import { isInstanceId } from '../domain/ids/execution-id.ts';
import { failureTypes } from '../domain/run/failure-types.ts';
import { saveCheckpoint } from './base/activity-proxies.ts';
import { finalFailure } from './base/failures.ts';
import { answerQueries } from './control/answer-queries.ts';
import { handleControl } from './control/control-handlers.ts';
import { Crew } from './run/crew.ts';
import type { TaskState } from './books/work-item.ts';

export { agentTask } from './agent-task.ts';
export { Crew } from './run/crew.ts';
export type { WorkItem, TaskState } from './books/work-item.ts';
export { saga } from './undo/saga.ts';
export type { Saga, UndoneStep } from './undo/saga.ts';

/** What {@link openCrew} needs: who works, on what, and what it may cost. */
export interface CrewOptions {
  name: string;
  description?: string;
  /** Names of agents in the worker's agent folders. */
  agents: string[];
  /** In the format of a workflow file: `{ usd: 1, timeout: '10m' }`. */
  limits?: { usd?: number; tokens?: number; timeout?: string; max_parallel?: number };
  /** Folder that the tools work in; default: the worker's. */
  workspace?: string;
}

/** A task of {@link runTask}. */
export interface TaskOptions {
  agent: string;
  prompt: string;
  /** Conversation that it continues; default: one of its own. */
  context?: string;
  /** A name, which may be followed by `[item]` and `#iteration`. Default: `task-N`. */
  id?: string;
  phase?: string;
  retry?: { maxAttempts: number; backoffMs: number };
  timeoutMs?: number;
}

/**
 * Opens a run inside of your own Temporal workflow: the same store, journal, budget and events as `orchestrate`.
 *
 * End it with `crew.close()`. Your workflow file must export `agentTask` from this module as well.
 */
export async function openCrew({ name, description = '', agents, limits, workspace }: CrewOptions): Promise<Crew> {
  const given = { ...(limits && { limits }), ...(workspace && { workspace }) };
  const crew = await Crew.open({ crew: { name, description, agents }, ...given });
  handleControl(crew);
  answerQueries(crew.books, () => null);
  return crew;
}

/**
 * Keeps a point to fork from: what has ended, every conversation and, in a git repository, the workspace.
 *
 * @returns the commit that holds the workspace; null when it is no git repository
 */
export async function checkpoint(crew: Crew, name: string): Promise<string | null> {
  return CancellationScope.nonCancellable(async () => {
    await crew.books.flush();
    const options = { taskQueue: crew.books.outline.workspaceQueue, summary: `checkpoint ${name}` };
    const saved = await saveCheckpoint.executeWithOptions(options, [
      { runKey: crew.books.runKey, checkpoint: name, after: name },
    ]);
    return saved.snapshot;
  });
}

/**
 * Has an agent do one task, to its end.
 *
 * @returns its state; a failed one does not throw
 * @throws ApplicationFailure `InvalidInput`, not retryable, when the id belongs to something else
 */
export function runTask(crew: Crew, task: TaskOptions): Promise<TaskState> {
  const id = task.id ?? `task-${crew.books.tasks.size + 1}`;
  if (!isInstanceId(id)) return Promise.reject(noTaskId(id));
  return crew.run({
    id,
    phase: task.phase ?? null,
    agent: task.agent,
    context: task.context ?? id,
    prompt: task.prompt,
    retry: task.retry ?? { maxAttempts: 1, backoffMs: 2000 },
    timeoutMs: task.timeoutMs ?? null,
  });
}

function noTaskId(id: string): ApplicationFailure {
  const rule =
    'a name without "/", "~", "[", "]" and "#", after which an item, "[0]", and an iteration, "#2", may stand';
  const helpers = '"undo:" and "help:1:" begin the ids of agents that undo or help';
  const message = `${JSON.stringify(id.slice(0, 100))} cannot be the id of a task. It is ${rule}; ${helpers}.`;
  return finalFailure(failureTypes.invalidInput, message);
}

/** Runs pieces of work side by side, at most `limit` at once; results in their order. */
export async function inParallel<Result>(work: (() => Promise<Result>)[], limit = 10): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < work.length) {
      const index = next++;
      results[index] = await work[index]!();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, work.length) }, lane));
  return results;
}
