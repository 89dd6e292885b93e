/*
 * C1 A context's tasks run one at a time; the head moves only at the end of a task.
 * C2 Events are written before the run ends, in the order in which they were emitted.
 * C3 Once the run is stopped from inside (a limit, a provider that refuses everything), nothing new starts.
 */
import {
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { EndedTask, RunOutline } from '../contracts/activities.ts';
import type { AgentTaskProgress } from '../contracts/agent-task.ts';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { toRunKey } from '../domain/journal-key.ts';
import type { RunStop } from '../domain/run-end.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { RunResult, TaskStatus } from '../domain/run-result.ts';
import { finishRun, preparePlan, recordProgress } from './activity-proxies.ts';
import type { agentTask } from './agent-task.ts';
import { describeFailure, finalFailure } from './failures.ts';
import { setRunAttributes, showRun } from './web-ui.ts';

/** A piece of work for {@link Crew.run}. */
export interface CrewTask {
  id: string;
  phase: string | null;
  agent: string;
  context: string;
  /** null: the plan's prompt of this task. */
  prompt: string | null;
  retry: { maxAttempts: number; backoffMs: number };
  timeoutMs: number | null;
}

/** Where a task of the run is. */
export interface TaskState extends EndedTask {
  id: string;
  phase: string | null;
  startedAt: number;
  progress: AgentTaskProgress | null;
}

// What another attempt of the same task would run into again.
const finalTypes: readonly string[] = [
  failureTypes.budgetExceeded,
  failureTypes.modelRejected,
  failureTypes.invalidInput,
];

/** Agents at work in one run: starts their tasks, keeps their conversations, tells the run's story. */
export class Crew {
  readonly outline: RunOutline;
  readonly runKey: string;
  readonly tasks = new Map<string, TaskState>();
  /** Why the run was stopped from inside; null: it was not (C3). */
  stop: RunStop = null;
  readonly #heads = new Map<string, string | null>();
  readonly #startedAt = Date.now();
  #pending: RunEventDraft[] = [];
  #flushing: Promise<void> = Promise.resolve();

  private constructor(runKey: string, outline: RunOutline) {
    this.runKey = runKey;
    this.outline = outline;
  }

  /** Opens the run. @throws ApplicationFailure `InvalidInput` with everything that is wrong */
  static async open(input: OrchestrateInput): Promise<Crew> {
    const { workflowId: runId, firstExecutionRunId, runId: temporalRunId } = workflowInfo();
    const runKey = toRunKey(runId, firstExecutionRunId);
    const outline = await preparePlan
      .executeWithOptions({ summary: 'check the plan' }, [{ runKey, runId, temporalRunId, input }])
      .catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        const { type, message } = describeFailure(error);
        throw finalFailure(type, message);
      });
    const crew = new Crew(runKey, outline);
    const agent = Object.keys(outline.agents).slice(0, 20);
    setRunAttributes(outline, { workflow: outline.name, status: 'running', agent });
    return crew;
  }

  /** Adds an event to the run's story; {@link flush} writes it. */
  emit(event: RunEventDraft): void {
    this.#pending.push(event);
  }

  /** Writes the events so far (C2). */
  flush(): Promise<void> {
    const events = this.#pending;
    if (events.length === 0) return this.#flushing;
    this.#pending = [];
    const summary = events
      .map((event) => event.type)
      .join(', ')
      .slice(0, 80);
    this.#flushing = this.#flushing.then(() => recordProgress(summary, { runKey: this.runKey, events }));
    return this.#flushing;
  }

  /** Notes a task before it starts, or instead of its start. */
  note(task: CrewTask, status: TaskStatus, error: string | null = null): TaskState {
    const { id, phase, agent, context } = task;
    const state: TaskState = {
      ...{ id, phase, agent, context, status, error },
      ...{ startedAt: Date.now(), durationMs: 0, attempts: 0, head: null, progress: null },
    };
    this.tasks.set(id, state);
    return state;
  }

  /** Runs a task to its end, attempts included. Never throws but for a cancel; the state says what became of it. */
  async run(task: CrewTask): Promise<TaskState> {
    const state = this.note(task, 'running');
    showRun(this.outline, this.tasks);
    try {
      await this.#attempts(task, state);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      Object.assign(state, { status: 'cancelled', error: 'cancelled' });
      throw error;
    } finally {
      state.durationMs = Date.now() - state.startedAt;
      this.#heads.set(task.context, state.progress?.head ?? this.#heads.get(task.context) ?? null);
      this.#tellEnd(task, state);
      showRun(this.outline, this.tasks);
    }
    return state;
  }

  async #attempts(task: CrewTask, state: TaskState): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      state.attempts = attempt;
      try {
        state.progress = await this.#attempt(task, attempt);
        Object.assign(state, { status: 'succeeded', head: state.progress.head, error: null });
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const { type, message, details } = describeFailure(error);
        state.progress = (details[0] as AgentTaskProgress | undefined) ?? state.progress;
        this.#openBreaker(type, message);
        const willRetry = !this.stop && !finalTypes.includes(type) && attempt < task.retry.maxAttempts;
        const event = { type: 'task:error', taskId: task.id, error: message, attempt, willRetry } as const;
        this.emit({ key: `error/${task.id}~${attempt}`, ...event });
        if (!willRetry) {
          Object.assign(state, { status: 'failed', error: message, head: state.progress?.head ?? null });
          return;
        }
        void this.flush();
        await sleep(task.retry.backoffMs * 2 ** (attempt - 1), { summary: `retry ${task.id}` });
      }
    }
  }

  #attempt(task: CrewTask, attempt: number): Promise<AgentTaskProgress> {
    const { workflowId } = workflowInfo();
    const { model, maxTurns } = this.outline.agents[task.agent]!;
    return executeChild<typeof agentTask>('agentTask', {
      workflowId: `${workflowId}/${task.id}${attempt > 1 ? `~${attempt}` : ''}`,
      args: [
        {
          ...{ runKey: this.runKey, taskId: task.id, attempt, epoch: 0, agent: task.agent, model, maxTurns },
          ...{ context: task.context, phase: task.phase, prompt: task.prompt, timeoutMs: task.timeoutMs },
          ...{ head: this.#heads.get(task.context) ?? null, workspaceQueue: this.outline.workspaceQueue },
        },
      ],
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `${task.agent} · ${task.phase ? `${task.phase} · ` : ''}${task.context}`,
    });
  }

  #openBreaker(type: string, message: string): void {
    if (this.stop) return;
    if (type === failureTypes.budgetExceeded) this.stop = { kind: 'stopped', reason: `BudgetExceeded: ${message}` };
    if (type === failureTypes.modelRejected) this.stop = { kind: 'failed', reason: message };
  }

  #tellEnd(task: CrewTask, state: TaskState): void {
    const { turns, tokens: tokensUsed, costUsd } = state.progress ?? { turns: 0, tokens: 0, costUsd: 0 };
    const { durationMs: duration, agent: agentName } = state;
    const success = state.status === 'succeeded';
    const body = { taskId: task.id, agentName, success, duration, tokensUsed, costUsd, turns };
    this.emit({ key: `complete/${task.id}`, type: 'task:complete', ...body });
  }

  /** Gives a task up without starting it. */
  skip(task: CrewTask, reason: string): void {
    this.note(task, 'skipped', reason);
    this.emit({ key: `skipped/${task.id}`, type: 'task:skipped', taskId: task.id, reason });
  }

  /**
   * Ends the run: writes its result, and closes the workflow as that result says.
   *
   * @throws ApplicationFailure `RunFailed` with the result as detail; CancelledFailure when it was cancelled
   */
  async close(stop: RunStop = this.stop): Promise<RunResult> {
    const result = await CancellationScope.nonCancellable(async () => {
      await this.flush();
      const { workflowId: runId } = workflowInfo();
      const durationMs = Date.now() - this.#startedAt;
      const tasks = Object.fromEntries([...this.tasks].map(([id, task]) => [id, toEnded(task)]));
      return finishRun.executeWithOptions({ summary: 'write the result' }, [
        { runKey: this.runKey, runId, workflow: this.outline.name, stop, durationMs, tasks },
      ]);
    });
    const { totalTokens: tokens, costUsd } = result.summary;
    setRunAttributes(this.outline, { status: result.status, tokens, costUsd });
    showRun(this.outline, this.tasks);
    if (result.status === 'failed') {
      const message = `${result.workflow} failed: ${result.reason}`;
      throw ApplicationFailure.create({ type: failureTypes.runFailed, message, details: [result], nonRetryable: true });
    }
    if (result.status === 'cancelled') throw new CancelledFailure(result.reason ?? 'cancelled', [result]);
    return result;
  }
}

function toEnded({ status, agent, context, durationMs, attempts, error, head }: TaskState): EndedTask {
  return { status, agent, context, durationMs, attempts, error, head };
}
