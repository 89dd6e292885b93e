/*
 * C1 A context's tasks run one at a time; the head moves only at the end of a task.
 * C2 Events are written before the run ends, in the order in which they were emitted.
 * C3 Once the run is stopped from inside (a limit, a task that must not fail), nothing new starts.
 */
import { CancellationScope, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { RunOutline } from '../../contracts/outline.ts';
import type { RecordProgressInput, RecordProgressResult } from '../../contracts/progress.ts';
import type { RollbackOutline } from '../../contracts/undo.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import type { CarriedRun } from '../../contracts/carried-run.ts';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import { toRunKey } from '../../domain/run/journal-key.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { CompensationResult, RunResult, RunStatus, RunStop, TaskStatus } from '../../domain/run/run-result.ts';
import { Attempts } from '../task/attempts.ts';
import { BusyCount } from '../books/busy-count.ts';
import { closeRun } from './close-run.ts';
import type { CrewTask, TaskState } from '../books/work-item.ts';
import { loadTasks, openRun } from './open-run.ts';
import type { Checkpoint, ProgressStep } from '../books/progress-log.ts';
import { ProgressLog } from '../books/progress-log.ts';
import { RunControl } from '../books/run-hold.ts';
import { taskReportSignal } from '../base/task-signals.ts';
import { WaitClock } from '../base/wait-clock.ts';
import { waitFor } from '../people/wait-for.ts';
import { WaitingRoom } from '../books/waiting-room.ts';
import { RunDisplay } from '../books/run-display.ts';

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
  readonly waited: WaitClock;
  readonly attempts = new Attempts(this);
  /** What the Web UI shows of it. */
  readonly display: RunDisplay;
  /** Steps whose results would be lost if the run went on as new now. */
  readonly busy = new BusyCount();
  /** Nothing begins for a moment: the run is about to go on as new. */
  isMoving = false;
  /** What was undone so far. */
  readonly compensations: CompensationResult[] = [];
  /** Told when a task begins to wait for somebody, and when it goes on. */
  onWait: ((taskId: string, isWaiting: boolean) => void) | null = null;
  /** Why the run was stopped from inside; null: it was not (C3). */
  stop: RunStop = null;
  /** Whether this is the run's first execution. */
  startedHere = true;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly #heads = new Map<string, string | null>();
  readonly log: ProgressLog;
  /** Managers at work on blockers, by request. */
  readonly helpIds = new Map<string, string>();
  /** Its result is being written: nothing that comes now is told any more. */
  isClosing = false;
  #isWaiting = false;
  #numbers = 0;

  private constructor(
    runKey: string,
    runId: string,
    outline: RunOutline,
    since = { startedAt: Date.now(), waitedMs: 0 },
  ) {
    this.runKey = runKey;
    this.runId = runId;
    this.startedAt = since.startedAt;
    this.waited = new WaitClock(since.waitedMs);
    this.log = new ProgressLog(runKey, this.busy);
    this.outline = outline;
    this.display = new RunDisplay(outline, this.tasks);
  }

  #listen(): this {
    setHandler(taskReportSignal, (report) => this.attempts.report(report));
    return this;
  }

  /** Opens the run. @throws ApplicationFailure `InvalidInput` with everything that is wrong */
  static async open(input: OrchestrateInput): Promise<Crew> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const runKey = toRunKey(workflowId, firstExecutionRunId);
    const outline = await openRun(runKey, input);
    const crew = new Crew(runKey, workflowId, outline).#listen();
    const agent = Object.keys(outline.agents).slice(0, 20);
    crew.display.set({ workflow: outline.name, status: 'running', agent });
    return crew;
  }

  /** Takes up a run where the execution before left it. */
  static async resume(carried: CarriedRun): Promise<Crew> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const runKey = toRunKey(workflowId, firstExecutionRunId);
    const outline: RunOutline = { ...carried.outline, tasks: [] };
    // A cancel must find the tasks in flight, so it waits for that.
    await CancellationScope.nonCancellable(() => loadTasks(runKey, outline));
    outline.tasks.push(...carried.added);
    const crew = new Crew(runKey, workflowId, outline, carried);
    for (const [context, head] of Object.entries(carried.heads)) crew.#heads.set(context, head);
    for (const [request, id] of carried.helpIds) crew.helpIds.set(request, id);
    crew.#numbers = carried.numbers;
    crew.room.restore(carried.room);
    crew.control.restore(carried.control);
    crew.attempts.restore(carried.attempts);
    crew.startedHere = false;
    return crew.#listen();
  }

  /** What {@link resume} needs, but for what the plan's run knows. */
  toCarried(): Pick<
    CarriedRun,
    'startedAt' | 'waitedMs' | 'numbers' | 'helpIds' | 'room' | 'control' | 'attempts' | 'relays'
  > {
    const { startedAt, attempts } = this;
    const kept = { room: this.room.toJSON(), control: this.control.toJSON(), attempts: attempts.toJSON() };
    const helpIds = [...this.helpIds];
    return {
      startedAt,
      waitedMs: this.waited.waitedMs,
      numbers: this.#numbers,
      helpIds,
      ...kept,
      relays: attempts.relays,
    };
  }

  /** Takes up a run that Temporal ended, with its tasks as the store has them. */
  static reopen({ runKey, runId, outline, tasks }: Omit<RollbackOutline, 'undo'> & { runKey: string }): Crew {
    const crew = new Crew(runKey, runId, outline).#listen();
    for (const task of tasks) {
      crew.tasks.set(task.id, { ...task, phase: null, startedAt: crew.startedAt, startHead: null, progress: null });
    }
    return crew;
  }

  /** A number that was not given out before in this run, for keys. */
  nextNumber(): number {
    return ++this.#numbers;
  }

  /** Id of the task in which a manager helps with a request: the same one if it is asked again. */
  helpIdOf({ id, taskId }: WaitRequest): string {
    const known = this.helpIds.get(id) ?? `help:${this.nextNumber()}:${taskId}`;
    this.helpIds.set(id, known);
    return known;
  }

  /** Where conversations stand that have begun. */
  get heads(): [context: string, head: string][] {
    return [...this.#heads].flatMap(([context, head]) => (head === null ? [] : [[context, head]]));
  }

  /** Whether everything that happened is in the store. */
  get isWritten(): boolean {
    return this.log.isEmpty;
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
    this.log.emit(event);
  }

  /** Has the next {@link flush} keep a checkpoint of what has ended by then. */
  mark(checkpoint: Checkpoint): void {
    this.log.mark(checkpoint);
  }

  /** Writes what happened so far (C2), and asks the store what comes with it. */
  flush(step: ProgressStep = {}): Promise<RecordProgressResult> {
    return this.log.write(step, this.#noticeStatus());
  }

  /** What {@link flush} would write, for the activity that ends the run; null: nothing. */
  takeLast(): Promise<RecordProgressInput | null> {
    return this.log.takeLast(this.#noticeStatus());
  }

  #noticeStatus(): RunStatus | null {
    // Those who waited in the execution before have not all asked again yet.
    if (!this.room.isClaimed) return null;
    const { isWaiting } = this.control;
    if (isWaiting !== this.#isWaiting) {
      this.#isWaiting = isWaiting;
      if (isWaiting) this.waited.start();
      else this.waited.stop();
    }
    const status = this.control.takeNews();
    if (status === null) return null;
    this.display.set({ status });
    this.display.soon();
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
    const known = this.attempts.isCarried(task.id) ? this.tasks.get(task.id) : undefined;
    const state = known ?? this.note(task, 'running');
    state.status = 'running';
    this.control.start(task.id, (isPaused) => this.attempts.setPaused(task.id, isPaused));
    this.display.soon();
    try {
      await this.attempts.run(task, state);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      Object.assign(state, { status: 'cancelled', error: 'cancelled' });
      throw error;
    } finally {
      this.control.end(task.id);
      state.durationMs = Date.now() - state.startedAt;
      this.setHead(task.context, state.progress?.head ?? this.headOf(task.context));
      this.tellEnd(state, task.isAskedAfter);
      this.display.soon();
    }
    return state;
  }

  /** Waits for a manager, a person, a higher limit or a provider. */
  wait(request: WaitRequest): Promise<WaitAnswer> {
    return waitFor(this, request);
  }

  /** Nothing new starts from now on (C3); the first reason stays. */
  stopRun(kind: 'stopped' | 'failed', reason: string): void {
    this.stop ??= { kind, reason };
    this.control.changes++;
  }

  /** Tells that a task has come to its end, and keeps what came of it. */
  tellEnd(state: TaskState, isAsked = false): void {
    const { turns, tokens: tokensUsed, costUsd } = state.progress ?? { turns: 0, tokens: 0, costUsd: 0 };
    const { durationMs: duration, agent: agentName } = state;
    const success = state.status === 'succeeded';
    const status = success && isAsked ? 'waiting' : state.status;
    const body = { taskId: state.id, agentName, success, status, duration, tokensUsed, costUsd, turns };
    this.emit({ key: `complete/${state.id}~${state.attempts}`, type: 'task:complete', ...body });
    this.keep(state);
  }

  /** Has the next {@link flush} write a task's end into the store. */
  keep({ id, status, agent, context, durationMs, attempts, error, head }: TaskState): void {
    this.log.keep({ id, status, agent, context, durationMs, attempts, error, head });
  }

  /** Gives a task up without starting it; without an error when its own condition says so. */
  skip(task: CrewTask, reason: string, byCondition = false): void {
    const { durationMs = 0 } = this.tasks.get(task.id) ?? {};
    const state = Object.assign(this.note(task, 'skipped', byCondition ? null : reason), { durationMs });
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
    this.isClosing = true;
    return CancellationScope.nonCancellable(() => closeRun(this, stop));
  }
}
