/*
 * C1 A context's tasks run one at a time; the head moves only at the end of a task.
 * C2 Events are written before the run ends, in the order in which they were emitted.
 * C3 Once the run is stopped from inside (a limit, a task that must not fail), nothing new starts.
 */
import { CancellationScope, condition, isCancellation, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { EndedTask, RecordProgressResult, RunOutline } from '../contracts/activities.ts';
import type { RollbackOutline } from '../contracts/upkeep.ts';
import type { AgentTaskProgress } from '../contracts/agent-task.ts';
import type { WaitAnswer, WaitRequest } from '../contracts/control.ts';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { toRunKey } from '../domain/journal-key.ts';
import type { RunStop } from '../domain/run-end.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { CompensationResult, RunResult, RunStatus, TaskStatus } from '../domain/run-result.ts';
import type { Attempt } from './attempt.ts';
import { startAttempt } from './attempt.ts';
import { closeRun } from './close-run.ts';
import { describeFailure } from './failures.ts';
import { askManager } from './help.ts';
import { openRun } from './open-run.ts';
import type { ProgressStep } from './progress-log.ts';
import { ProgressLog } from './progress-log.ts';
import { RunControl } from './run-control.ts';
import { taskReportSignal } from './task-signals.ts';
import { WaitClock } from './wait-clock.ts';
import { WaitingRoom } from './waiting-room.ts';
import { setRunAttributes, showRun } from './web-ui.ts';

/** A piece of work for {@link Crew.run}. */
export interface CrewTask {
  /** See `toInstanceId`. */
  id: string;
  phase: string | null;
  agent: string;
  context: string;
  /** null: the prompt that the store has for this task. */
  prompt: string | null;
  retry: { maxAttempts: number; backoffMs: number };
  timeoutMs: number | null;
}

/** Where a task of the run is. */
export interface TaskState extends EndedTask {
  phase: string | null;
  startedAt: number;
  /** Where its conversation stood when it began. */
  startHead: string | null;
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
  readonly runId: string;
  readonly tasks = new Map<string, TaskState>();
  readonly room = new WaitingRoom(
    (event) => this.emit(event),
    () => void this.flush(),
  );
  readonly control = new RunControl((event) => this.emit(event));
  /** How long nobody worked because somebody was waited for. */
  readonly waited = new WaitClock();
  /** What was undone so far. */
  readonly compensations: CompensationResult[] = [];
  /** Told when a task begins to wait for somebody, and when it goes on. */
  onWait: ((taskId: string, isWaiting: boolean) => void) | null = null;
  /** Why the run was stopped from inside; null: it was not (C3). */
  stop: RunStop = null;
  readonly startedAt = Date.now();
  readonly #heads = new Map<string, string | null>();
  readonly #attempts = new Map<string, Attempt & { scope: CancellationScope }>();
  readonly #log: ProgressLog;
  #isWaiting = false;
  #numbers = 0;

  private constructor(runKey: string, runId: string, outline: RunOutline) {
    this.runKey = runKey;
    this.runId = runId;
    this.#log = new ProgressLog(runKey);
    this.outline = outline;
    setHandler(taskReportSignal, (report) => {
      if (report.kind === 'idle') this.control.idle(report.taskId);
      else void this.#relay(report.taskId, report.request);
    });
  }

  /** Opens the run. @throws ApplicationFailure `InvalidInput` with everything that is wrong */
  static async open(input: OrchestrateInput): Promise<Crew> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const runKey = toRunKey(workflowId, firstExecutionRunId);
    const outline = await openRun(runKey, input);
    const crew = new Crew(runKey, workflowId, outline);
    const agent = Object.keys(outline.agents).slice(0, 20);
    setRunAttributes(outline, { workflow: outline.name, status: 'running', agent });
    return crew;
  }

  /** Takes up a run that Temporal ended, with its tasks as the store has them. */
  static reopen({ runKey, runId, outline, tasks }: Omit<RollbackOutline, 'undo'> & { runKey: string }): Crew {
    const crew = new Crew(runKey, runId, outline);
    for (const task of tasks) {
      crew.tasks.set(task.id, { ...task, phase: null, startedAt: crew.startedAt, startHead: null, progress: null });
    }
    return crew;
  }

  /** A number that was not given out before in this run, for keys. */
  nextNumber(): number {
    return ++this.#numbers;
  }

  /** Where a conversation stands; null: at its beginning. */
  headOf(context: string): string | null {
    return this.#heads.get(context) ?? null;
  }

  /** Sets a conversation back, or on. */
  setHead(context: string, head: string | null): void {
    this.#heads.set(context, head);
  }

  /** Adds an event to the run's story; {@link flush} writes it. */
  emit(event: RunEventDraft): void {
    this.#log.emit(event);
  }

  /** Writes what happened so far (C2), and asks the store what comes with it. */
  flush(step: ProgressStep = {}): Promise<RecordProgressResult> {
    return this.#log.write(step, this.#noticeStatus());
  }

  #noticeStatus(): RunStatus | null {
    const { isWaiting } = this.control;
    if (isWaiting !== this.#isWaiting) {
      this.#isWaiting = isWaiting;
      if (isWaiting) this.waited.start();
      else this.waited.stop();
    }
    const status = this.control.takeNews();
    if (status !== null) setRunAttributes(this.outline, { status });
    return status;
  }

  /** Notes a task before it starts, or instead of its start. */
  note(task: CrewTask, status: TaskStatus, error: string | null = null): TaskState {
    const { id, phase, agent, context } = task;
    const attempts = this.tasks.get(id)?.attempts ?? 0;
    const state: TaskState = {
      ...{ id, phase, agent, context, status, error, attempts },
      ...{ startedAt: Date.now(), durationMs: 0, head: null, startHead: this.headOf(context), progress: null },
    };
    this.tasks.set(id, state);
    return state;
  }

  /** Runs a task to its end, attempts included. Never throws but for a cancel; the state says what became of it. */
  async run(task: CrewTask): Promise<TaskState> {
    const state = this.note(task, 'running');
    this.control.start(task.id, (isPaused) => this.#attempts.get(task.id)?.setPaused(isPaused));
    showRun(this.outline, this.tasks);
    try {
      await this.#tryTask(task, state);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      Object.assign(state, { status: 'cancelled', error: 'cancelled' });
      throw error;
    } finally {
      this.control.end(task.id);
      state.durationMs = Date.now() - state.startedAt;
      this.setHead(task.context, state.progress?.head ?? this.headOf(task.context));
      this.tellEnd(state);
      showRun(this.outline, this.tasks);
    }
    return state;
  }

  async #tryTask(task: CrewTask, state: TaskState): Promise<void> {
    const before = state.attempts;
    for (let attempt = before + 1; ; attempt++) {
      state.attempts = attempt;
      try {
        state.progress = await this.#runAttempt(task, attempt);
        Object.assign(state, { status: 'succeeded', head: state.progress.head, error: null });
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const { type, message, details } = describeFailure(error);
        state.progress = (details[0] as AgentTaskProgress | undefined) ?? state.progress;
        if (type === failureTypes.budgetExceeded) this.stopRun('stopped', `BudgetExceeded: ${message}`);
        const willRetry = !this.stop && !finalTypes.includes(type) && attempt - before < task.retry.maxAttempts;
        const event = { type: 'task:error', taskId: task.id, error: message, attempt, willRetry } as const;
        this.emit({ key: `error/${task.id}~${attempt}`, ...event });
        if (!willRetry) {
          Object.assign(state, { status: 'failed', error: message, head: state.progress?.head ?? null });
          return;
        }
        void this.flush();
        await sleep(task.retry.backoffMs * 2 ** (attempt - before - 1), { summary: `retry ${task.id}` });
        if (this.control.isHeld) {
          this.control.idle(task.id);
          await condition(() => !this.control.isHeld);
        }
      } finally {
        this.#attempts.delete(task.id);
      }
    }
  }

  #runAttempt(task: CrewTask, attempt: number): Promise<AgentTaskProgress> {
    // What its child asks for later belongs to the same scope, so that it ends when the attempt does.
    const scope = new CancellationScope();
    return scope.run(async () => {
      const running = await startAttempt(this, task, attempt);
      this.#attempts.set(task.id, { ...running, scope });
      if (this.control.pause) running.setPaused(true);
      return running.result;
    });
  }

  async #relay(taskId: string, request: WaitRequest): Promise<void> {
    const attempt = this.#attempts.get(taskId);
    if (!attempt) return;
    try {
      const answer = await attempt.scope.run(() => this.wait(request));
      attempt.answer(answer);
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }

  /** Waits for a manager, a person, a higher limit or a provider. */
  async wait(request: WaitRequest): Promise<WaitAnswer> {
    const { taskId, cause, detail } = request;
    const state = this.tasks.get(taskId);
    if (cause === 'provider') this.control.breaker ??= detail;
    this.control.wait(taskId, 1, { cause, detail });
    this.onWait?.(taskId, true);
    if (state) state.status = 'waiting';
    try {
      const help = cause === 'blocker' ? await askManager(this, request) : null;
      if (help) return help;
      const answering = this.room.ask(request);
      void this.flush();
      const answer = await answering;
      if (answer.outcome === 'halted') this.stopRun('stopped', `${request.what}: ${answer.text}`);
      return answer;
    } finally {
      if (!this.control.wait(taskId, -1)) {
        this.onWait?.(taskId, false);
        if (state?.status === 'waiting') state.status = 'running';
      }
      void this.flush();
    }
  }

  /** Nothing new starts from now on (C3); the first reason stays. */
  stopRun(kind: 'stopped' | 'failed', reason: string): void {
    this.stop ??= { kind, reason };
    this.control.changes++;
  }

  /** Tells that a task has come to its end, and keeps what came of it. */
  tellEnd(state: TaskState): void {
    const { turns, tokens: tokensUsed, costUsd } = state.progress ?? { turns: 0, tokens: 0, costUsd: 0 };
    const { durationMs: duration, agent: agentName } = state;
    const success = state.status === 'succeeded';
    const body = { taskId: state.id, agentName, success, duration, tokensUsed, costUsd, turns };
    this.emit({ key: `complete/${state.id}~${state.attempts}`, type: 'task:complete', ...body });
    this.keep(state);
  }

  /** Has the next {@link flush} write a task's end into the store. */
  keep({ id, status, agent, context, durationMs, attempts, error, head }: TaskState): void {
    this.#log.keep({ id, status, agent, context, durationMs, attempts, error, head });
  }

  /** Gives a task up without starting it; without an error when its own condition says so. */
  skip(task: CrewTask, reason: string, byCondition = false): void {
    const state = this.note(task, 'skipped', byCondition ? null : reason);
    const told = { taskId: task.id, reason, ...(byCondition && { byCondition }) };
    this.emit({ key: `skipped/${task.id}/${state.attempts}`, type: 'task:skipped', ...told });
    this.keep(state);
  }

  /**
   * Ends the run: writes its result, and closes the workflow as that result says.
   *
   * @throws ApplicationFailure `RunFailed` with the result as detail; CancelledFailure when it was cancelled
   */
  close(stop: RunStop = this.stop): Promise<RunResult> {
    return CancellationScope.nonCancellable(() => closeRun(this, stop));
  }
}
