/*
 * B1 Events are written before the run ends, in the order in which they were emitted.
 * B2 Once the run is stopped from inside (a limit, a task that must not fail), nothing new starts.
 */
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { CarriedRun } from '../../contracts/carried-run.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import type { InnerReport } from '../../contracts/agent-task.ts';
import type { RecordProgressInput, RecordProgressResult } from '../../contracts/progress.ts';
import type { RunResult, RunStop } from '../../domain/run/run-result.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { CompensationResult, RunStatus, TaskStatus } from '../../domain/run/run-result.ts';
import type { WakeCalls } from '../base/stand-still.ts';
import { WaitClock } from '../base/wait-clock.ts';
import { BusyCount } from './busy-count.ts';
import { Heads } from './heads.ts';
import type { Checkpoint, ProgressStep } from './progress-log.ts';
import { ProgressLog } from './progress-log.ts';
import { toKeptEnd, toRunDetails, type ShownRun } from './run-details.ts';
import { RunDisplay } from './run-display.ts';
import { RunHold } from './run-hold.ts';
import { WaitingRoom } from './waiting-room.ts';
import type { TaskState, WorkItem } from './work-item.ts';
import { toEndedTask } from './work-item.ts';

/** What of the books the next execution of a run needs. */
export type CarriedBooks = Pick<CarriedRun, 'startedAt' | 'waitedMs' | 'numbers' | 'room' | 'control'>;

/** What a run knows of itself, and how it is told: its tasks, conversations and waits, and the story that goes into the store. */
export class RunBooks {
  readonly runKey: string;
  readonly runId: string;
  readonly outline: RunOutline;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly tasks = new Map<string, TaskState>();
  /** How many items each `for_each` has whose width is known. */
  readonly widths = new Map<string, number>();
  readonly heads = new Heads();
  readonly hold = new RunHold((event) => this.emit(event));
  readonly room = new WaitingRoom(
    (event) => this.emit(event),
    () => void this.flush(),
  );
  /** What tasks at work inside of the run hear of what their calls wait for, by task. */
  readonly wakes = new Map<string, WakeCalls>();
  /** How long nobody worked because somebody was waited for. */
  readonly waited: WaitClock;
  /** Steps whose results would be lost if the run went on as new now. */
  readonly busy = new BusyCount();
  readonly log: ProgressLog;
  /** What the Web UI shows of it. */
  readonly display: RunDisplay;
  /** What was undone so far. */
  readonly compensations: CompensationResult[] = [];
  /** Tasks that failed, and whose work a script had done all the same. */
  readonly handled: string[] = [];
  /** Tasks that a script no longer waited for. */
  readonly dropped = new Set<string>();
  /** Nothing begins for a moment: the run is about to go on as new. */
  isMoving = false;
  /** Its result is being written: nothing that comes now is told any more. */
  isClosing = false;
  /** Whether this is the run's first execution. */
  startedHere = true;
  /** How it ended; null: it has not. */
  result: Pick<RunResult, 'status' | 'summary'> | null = null;
  /** See `OrchestrateInput`; it holds for the tasks, too. */
  moveAfterEvents: number | undefined;
  /** Told when its status is another one; null: nobody is. */
  onStatus: (() => void) | null = null;
  /** Why the run was stopped from inside; null: it was not (B2). */
  stop: RunStop = null;
  #isWaiting = false;
  #numbers = 0;

  constructor(
    { runKey, runId, outline }: Pick<RunBooks, 'runKey' | 'runId' | 'outline'>,
    since = { startedAt: Date.now(), waitedMs: 0 },
  ) {
    this.runKey = runKey;
    this.runId = runId;
    this.outline = outline;
    this.startedAt = since.startedAt;
    this.waited = new WaitClock(since.waitedMs);
    this.log = new ProgressLog(runKey, this.busy, (report) => this.hear(report));
    this.display = new RunDisplay(outline, () => toRunDetails(this.#shown()));
  }

  toCarried(): CarriedBooks {
    const { startedAt } = this;
    const kept = { room: this.room.toJSON(), control: this.hold.toJSON() };
    return { startedAt, waitedMs: this.waited.waitedMs, numbers: this.#numbers, ...kept };
  }

  restore({ numbers, room, control, heads }: CarriedBooks & Pick<CarriedRun, 'heads'>): void {
    for (const [context, head] of Object.entries(heads)) this.heads.set(context, head);
    this.#numbers = numbers;
    this.room.restore(room);
    this.hold.restore(control);
    this.startedHere = false;
  }

  /** Tells a task at work inside of the run what others did. */
  hear(report: InnerReport): void {
    if (report.kind === 'woken') this.wakes.get(report.taskId)?.call(report.key);
    else this.hold.callUp(report.taskId);
  }

  /** A number that was not given out before in this run, for keys. */
  nextNumber(): number {
    return ++this.#numbers;
  }

  /** Adds an event to the run's story; {@link flush} writes it. */
  emit(event: RunEventDraft): void {
    this.log.emit(event);
  }

  /** Has the next {@link flush} keep a checkpoint of what has ended by then. */
  mark(checkpoint: Checkpoint): void {
    this.log.mark(checkpoint);
  }

  /** Writes what happened so far (B1), and asks the store what comes with it. */
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
    const { isWaiting } = this.hold;
    if (isWaiting !== this.#isWaiting) {
      this.#isWaiting = isWaiting;
      if (isWaiting) this.waited.start();
      else this.waited.stop();
    }
    const status = this.hold.takeNews();
    if (status === null) return null;
    this.onStatus?.();
    this.display.set({ status });
    this.display.soon();
    return status;
  }

  /** Keeps for people how it ended; told once its result is there. */
  keepEnd(): void {
    if (this.outline.keepsEnd === true) this.display.keep(toKeptEnd(this.#shown()));
  }

  #shown(): ShownRun {
    const { runId, tasks, widths, hold, room, result } = this;
    const { costUsd, totalTokens: tokens = 0, uncountedCalls = 0 } = result?.summary ?? {};
    const total =
      costUsd === undefined ? null : { costUsd, tokens, ...(uncountedCalls > 0 && { isUncounted: true as const }) };
    const open = result === null ? { waiting: room.list(), pause: hold.pause } : { waiting: [], pause: null };
    return { runId, tasks, widths, status: result?.status ?? hold.status, ...open, total };
  }

  /** Nothing new starts from now on (B2); the first reason stays. */
  stopRun(kind: 'stopped' | 'failed', reason: string): void {
    this.stop ??= { kind, reason };
    this.hold.changes++;
  }

  /** Notes a task before it starts, or instead of its start. */
  note(task: WorkItem, status: TaskStatus, error: string | null = null): TaskState {
    const { id, phase, agent, context } = task;
    const attempts = this.tasks.get(id)?.attempts ?? 0;
    const state: TaskState = {
      ...{ id, phase, agent, context, status, error, attempts },
      ...{ startedAt: Date.now(), durationMs: 0, head: null, startHead: this.heads.of(context), progress: null },
      ...(task.workspace && { workspace: task.workspace }),
    };
    if (task.output) state.isJson = true;
    this.tasks.set(id, state);
    return state;
  }

  /** Has the next {@link flush} write a task's end into the store. */
  keep(state: TaskState): void {
    this.log.keep(toEndedTask(state));
  }

  /** Tells that a task has come to its end, and keeps what came of it. */
  tellEnd(state: TaskState, isAsked = false): void {
    const { turns, tokens: tokensUsed, costUsd } = state.progress ?? { turns: 0, tokens: 0, costUsd: 0 };
    const { durationMs: duration, agent: agentName } = state;
    const success = state.status === 'succeeded';
    const status = success && isAsked ? 'waiting' : state.status;
    const body = { taskId: state.id, agentName, success, status, duration, tokensUsed, costUsd, turns };
    this.emit({ key: `complete/${toAttemptId(state.id, state.attempts)}`, type: 'task:complete', ...body });
    this.keep(state);
  }

  /** Gives a task up without starting it; without an error when its own condition says so. */
  skip(task: WorkItem, reason: string, byCondition = false): void {
    const { durationMs = 0 } = this.tasks.get(task.id) ?? {};
    const state = Object.assign(this.note(task, 'skipped', byCondition ? null : reason), { durationMs });
    const told = { taskId: task.id, reason, ...(byCondition && { byCondition }) };
    this.emit({ key: `skipped/${task.id}/${state.attempts}`, type: 'task:skipped', ...told });
    this.keep(state);
  }
}
