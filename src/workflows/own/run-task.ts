/*
 * O1 What a model answered reaches workflow code as the result of an activity, so that a replay finds the same.
 * O2 A task whose answer cannot be handed over whole is a failed one: code must never go on with a part of it.
 */
import { patched } from '@temporalio/workflow';
import type { ApplicationFailure } from '@temporalio/workflow';
import type { TaskOutput } from '../../contracts/task-output.ts';
import { isInstanceId } from '../../domain/ids/execution-id.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Usage } from '../../domain/money/usage.ts';
import { noUsage } from '../../domain/money/usage.ts';
import { longestOutput, outputNote, parseOutput } from '../../domain/plan/output-note.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { readOutput } from '../base/activity-proxies.ts';
import { finalFailure } from '../base/failures.ts';
import type { TaskState, WorkItem } from '../books/work-item.ts';
import type { Crew as RunCrew } from '../run/crew.ts';
import type { Crew } from './crew.ts';
import { insideOf } from './crew.ts';

/** A task of {@link runTask}. */
export interface TaskOptions {
  /** One of the crew's agents. */
  agent: string;
  prompt: string;
  /** Conversation that it continues; default: one of its own. */
  context?: string;
  /** A name, which may be followed by `[item]` and `#iteration`. Default: `task-N`. */
  id?: string;
  /** A heading in what people see of the run. */
  phase?: string;
  retry?: { maxAttempts: number; backoffMs: number };
  /** Limit of one attempt, without the time in which it waited for somebody. */
  timeoutMs?: number;
  /** JSON Schema that the answer must meet: one that does not goes back to the agent, three times at most. */
  output?: JsonObject;
}

/** What came of a task, whether it succeeded or not. */
export interface TaskReport {
  id: string;
  /** The agent's whole last answer, at most 500,000 characters; of a failed task as far as it came. */
  text: string;
  /** Where its conversation stands now; null: there was no answer. */
  head: string | null;
  attempts: number;
  /** Model calls, tokens and money of all attempts. */
  turns: number;
  usage: Usage;
  costUsd: number;
  durationMs: number;
}

/** What {@link runTask} comes to. `output` is the answer: parsed where the task has an `output` schema, else its text. */
export type TaskOutcome<Output = string> = TaskReport &
  ({ status: 'succeeded'; output: Output; error: null } | { status: 'failed'; output: null; error: string });

/**
 * Has an agent do one task, to its end: every try of it, tools and waiting included.
 *
 * @returns what came of it; a failed one does not throw
 * @throws ApplicationFailure `InvalidInput`, not retryable, when the crew or the id is none; CancelledFailure on a cancel
 * @example
 * ```ts
 * import { type Crew, runTask } from 'gaffer-crew/workflow';
 *
 * interface Review {
 *   score: number;
 *   advice: string;
 * }
 * const schema = {
 *   type: 'object',
 *   properties: { score: { type: 'integer' }, advice: { type: 'string' } },
 *   required: ['score', 'advice'],
 * };
 *
 * export async function review(crew: Crew, text: string): Promise<Review> {
 *   const done = await runTask<Review>(crew, { agent: 'reviewer', prompt: `Review this:\n${text}`, output: schema });
 *   return done.status === 'succeeded' ? done.output : { score: 0, advice: done.error };
 * }
 * ```
 */
export function runTask(crew: Crew, task: TaskOptions & { output?: undefined }): Promise<TaskOutcome>;
/** The same, for an answer that is JSON: `Output` is what its schema says. */
export function runTask<Output = JsonValue>(
  crew: Crew,
  task: TaskOptions & { output: JsonObject },
): Promise<TaskOutcome<Output>>;
export async function runTask(crew: Crew, task: TaskOptions): Promise<TaskOutcome<unknown>> {
  const inside = insideOf(crew);
  const turn = inside.atWork.enter();
  if (turn) await turn;
  let state: TaskState;
  try {
    state = await inside.run(toItem(inside, task));
  } finally {
    inside.atWork.leave();
  }
  // Whatever this code waits for now, nobody is told meanwhile that the task is still at work.
  if (patched('own-tasks-are-told')) void inside.books.flush();
  return toOutcome(state, await outputOf(inside, state), task.output ?? null);
}

function toItem({ books }: RunCrew, task: TaskOptions): WorkItem {
  const id = task.id ?? `task-${books.tasks.size + 1}`;
  if (!isInstanceId(id)) throw noTaskId(id);
  const { phase = null, context = id, timeoutMs = null, retry = { maxAttempts: 1, backoffMs: 2000 }, output } = task;
  const prompt = output ? `${task.prompt}\n\n${outputNote(output)}` : task.prompt;
  const item = { id, phase, agent: task.agent, context, prompt, retry, timeoutMs };
  return { ...item, ...(output && { output }) };
}

function noTaskId(id: string): ApplicationFailure {
  const rule =
    'a name without "/", "~", "[", "]" and "#", after which an item, "[0]", and an iteration, "#2", may stand';
  const helpers = '"undo:" and "help:1:" begin the ids of agents that undo or help';
  const message = `${JSON.stringify(id.slice(0, 100))} cannot be the id of a task. It is ${rule}; ${helpers}.`;
  return finalFailure(failureTypes.invalidInput, message);
}

// O1. A workflow that began before there was this activity has only what its state holds.
function outputOf({ books: { runKey, log } }: RunCrew, { id, head, progress }: TaskState): Promise<TaskOutput> {
  const read = () => readOutput({ runKey, taskId: id, head });
  // What such a workflow began before there were turns is replayed without them.
  if (patched('outputs-in-turn')) return log.inTurn(read);
  if (patched('task-output')) return read();
  const { preview: text, turns, costUsd } = progress ?? { preview: '', turns: 0, costUsd: 0 };
  return Promise.resolve({ text, length: text.length, usage: noUsage, turns, costUsd });
}

function toOutcome(state: TaskState, read: TaskOutput, schema: JsonObject | null): TaskOutcome<unknown> {
  const { id, head, attempts, durationMs } = state;
  const { length, ...paid } = read;
  const report = { id, head, attempts, durationMs, ...paid };
  if (state.status !== 'succeeded') {
    return { ...report, status: 'failed', output: null, error: state.error ?? 'it did not succeed' };
  }
  // O2
  if (length > longestOutput) {
    const error = `the answer has ${length} characters, and a workflow can take ${longestOutput}: have the agent write a file`;
    return { ...report, status: 'failed', output: null, error };
  }
  const output = schema ? parseOutput(read.text, schema) : read.text;
  if (output === undefined) return { ...report, status: 'failed', output: null, error: 'the answer is not JSON' };
  return { ...report, status: 'succeeded', output, error: null };
}
