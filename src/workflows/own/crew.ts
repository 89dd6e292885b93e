import { CancellationScope } from '@temporalio/workflow';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { RunResult, RunStop, TaskStatus } from '../../domain/run/run-result.ts';
import { saveCheckpoint } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { finalFailure } from '../base/failures.ts';
import { answerQueries } from '../control/answer-queries.ts';
import { handleControl } from '../control/control-handlers.ts';
import { Crew as RunCrew } from '../run/crew.ts';

/** What {@link openCrew} needs: who works, on what, and what it may cost. */
export interface CrewOptions {
  /** The run's name in every list. */
  name: string;
  description?: string;
  /** Names of agents in the worker's agent folders. */
  agents: string[];
  /** In the format of a workflow file: `{ usd: 1, timeout: '10m' }`. */
  limits?: { usd?: number; tokens?: number; timeout?: string; max_parallel?: number };
  /** Folder that the tools work in; default: the worker's. */
  workspace?: string;
}

/** Agents at work in a run of your own workflow. Made by {@link openCrew}. */
export interface Crew {
  /** The run's id, which is that of your workflow: `gaffer show ID`. */
  readonly runId: string;
  /** The tasks so far, in the order in which they began. */
  tasks(): CrewTask[];
  /**
   * Ends the run: writes its result, and closes the workflow as that result says.
   *
   * Its status comes from its tasks. Code that failed between them, or was cancelled, says so: `{ kind: 'failed', reason: '…' }`.
   *
   * @throws ApplicationFailure `RunFailed` with the result as detail; CancelledFailure when it was cancelled
   */
  close(stop?: RunStop): Promise<RunResult>;
}

/** A task of a {@link Crew}, as it stands. */
export interface CrewTask {
  id: string;
  status: TaskStatus;
  agent: string;
  /** The conversation that it continues. */
  context: string;
}

const insides = new WeakMap<Crew, RunCrew>();

/**
 * Opens a run inside of your own Temporal workflow: the same store, journal, budget, events and controls as of every other run.
 *
 * End it with {@link Crew.close}. The worker is that of `gaffer-crew/worker`.
 *
 * @throws ApplicationFailure `InvalidInput`, not retryable, with everything that is wrong: an agent that is not there, a limit
 * @example
 * ```ts
 * import { openCrew, runTask } from 'gaffer-crew/workflow';
 *
 * export async function summary(text: string): Promise<string> {
 *   const crew = await openCrew({ name: 'summary', agents: ['writer'], limits: { usd: 1 } });
 *   const { output } = await runTask(crew, { agent: 'writer', prompt: `Sum this up:\n${text}` });
 *   await crew.close();
 *   return output ?? '';
 * }
 * ```
 */
export async function openCrew({ name, description = '', agents, limits, workspace }: CrewOptions): Promise<Crew> {
  const given = { ...(limits && { limits }), ...(workspace && { workspace }) };
  const inside = await RunCrew.open({ crew: { name, description, agents }, ...given });
  // Only your code knows which tasks are to come.
  handleControl(inside, () => true);
  answerQueries(inside.books, () => null);
  const crew: Crew = {
    runId: inside.books.runId,
    tasks: () =>
      [...inside.books.tasks.values()].map(({ id, status, agent, context }) => ({ id, status, agent, context })),
    close: (stop) => inside.close(stop),
  };
  insides.set(crew, inside);
  return crew;
}

/** What stands behind a crew that {@link openCrew} made. */
export function insideOf(crew: Crew): RunCrew {
  const inside = insides.get(crew);
  if (!inside) throw finalFailure(failureTypes.invalidInput, 'this is no crew: openCrew() makes one.');
  return inside;
}

/**
 * Keeps a point to fork from: what has ended, every conversation and, in a git repository, the workspace.
 *
 * @returns the commit that holds the workspace; null when it is no git repository
 * @example
 * ```ts
 * import { checkpoint, type Crew, runTask } from 'gaffer-crew/workflow';
 *
 * export async function inTwoSteps(crew: Crew): Promise<void> {
 *   await runTask(crew, { agent: 'coder', prompt: 'Write the tests.' });
 *   await checkpoint(crew, 'tests');
 *   await runTask(crew, { agent: 'coder', prompt: 'Make them pass.' });
 * }
 * ```
 */
export async function checkpoint(crew: Crew, name: string): Promise<string | null> {
  const { books } = insideOf(crew);
  return CancellationScope.nonCancellable(async () => {
    await books.flush();
    const options = { taskQueue: books.outline.workspaceQueue, summary: toSummary(`checkpoint ${name}`) };
    const input = { runKey: books.runKey, checkpoint: name, after: name };
    return (await saveCheckpoint.executeWithOptions(options, [input])).snapshot;
  });
}
