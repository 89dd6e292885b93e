/*
 * C1 A context's tasks run one at a time; the head moves only at the end of a task.
 */
import { CancellationScope, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { AgentTaskProgress } from '../../contracts/agent-task.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import type { RollbackOutline } from '../../contracts/undo.ts';
import type { CarriedRun } from '../../contracts/carried-run.ts';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import { mostTasks } from '../../domain/run/in-flight.ts';
import { applyPriorities } from '../../domain/changed-priorities.ts';
import { toRunKey } from '../../domain/ids/journal-key.ts';
import type { RunResult, RunStop } from '../../domain/run/run-result.ts';
import { taskReportSignal } from '../base/task-signals.ts';
import { BusyCount } from '../books/busy-count.ts';
import type { CarriedBooks } from '../books/run-books.ts';
import { RunBooks } from '../books/run-books.ts';
import type { TaskState, WorkItem } from '../books/work-item.ts';
import { Waits } from '../people/waits.ts';
import type { SliceDoor } from '../task/attempt.ts';
import { Attempts } from '../task/attempts.ts';
import { closeRun } from './close-run.ts';
import { loadTasks, openRun } from './open-run.ts';

/** Agents at work in one run: starts their tasks, keeps their conversations, tells the run's story. */
export class Crew {
  readonly books: RunBooks;
  readonly waits: Waits;
  readonly attempts: Attempts;
  /** Does attempts many at a time; null: none are. */
  slices: SliceDoor | null = null;
  #onBegin: ((tasks: OutlineTask[]) => void) | null = null;
  /** Tasks to begin that came before there was a plan's run. */
  #early: OutlineTask[] = [];
  /** Tasks that somebody's own workflow has begun; a plan's scheduler counts by itself. */
  readonly atWork = new BusyCount(mostTasks);

  private constructor(books: RunBooks) {
    this.books = books;
    this.waits = new Waits(books, (task) => this.run(task));
    const slices = (): SliceDoor | null => this.slices;
    this.attempts = new Attempts({
      books,
      get slices() {
        return slices();
      },
      wait: (request) => this.waits.for(request),
      stands: (taskId, isStanding) => this.waits.stand(taskId, isStanding),
      begin: (tasks) => this.#begin(tasks),
    });
  }

  #listen(): this {
    setHandler(taskReportSignal, (report) => this.attempts.report(report));
    return this;
  }

  /** Opens the run. @throws ApplicationFailure `InvalidInput` with everything that is wrong */
  static async open(input: OrchestrateInput): Promise<Crew> {
    const { workflowId: runId, firstExecutionRunId } = workflowInfo();
    const runKey = toRunKey(runId, firstExecutionRunId);
    const outline = await openRun(runKey, input);
    const crew = new Crew(new RunBooks({ runKey, runId, outline })).#listen();
    const agent = Object.keys(outline.agents).slice(0, 20);
    crew.books.display.set({ workflow: outline.name, status: 'running', agent });
    return crew;
  }

  /** Takes up a run where the execution before left it. */
  static async resume(carried: CarriedRun): Promise<Crew> {
    const { workflowId: runId, firstExecutionRunId } = workflowInfo();
    const runKey = toRunKey(runId, firstExecutionRunId);
    const outline: RunOutline = { ...carried.outline, tasks: [] };
    // A cancel must find the tasks in flight, so it waits for that.
    await CancellationScope.nonCancellable(() => loadTasks(runKey, outline));
    outline.tasks.push(...carried.added);
    applyPriorities(outline.tasks, outline.priorities);
    const crew = new Crew(new RunBooks({ runKey, runId, outline }, carried));
    crew.books.restore(carried);
    crew.waits.restore(carried.helpIds);
    crew.attempts.restore(carried.attempts);
    return crew.#listen();
  }

  /** Takes up a run that Temporal ended, with its tasks as the store has them. */
  static reopen({ runKey, runId, outline, tasks }: Omit<RollbackOutline, 'undo'> & { runKey: string }): Crew {
    const crew = new Crew(new RunBooks({ runKey, runId, outline })).#listen();
    const { startedAt, tasks: states } = crew.books;
    for (const task of tasks) {
      states.set(task.id, { ...task, phase: null, startedAt, startHead: null, progress: null });
    }
    return crew;
  }

  /** What {@link resume} needs, but for what the plan's run knows. */
  toCarried(): CarriedBooks & Pick<CarriedRun, 'helpIds' | 'attempts' | 'relays'> {
    const { books, waits, attempts } = this;
    const { relays } = attempts;
    return { ...books.toCarried(), helpIds: waits.toJSON(), attempts: attempts.toJSON(), relays };
  }

  #begin(tasks: OutlineTask[]): void {
    if (this.#onBegin) this.#onBegin(tasks);
    else this.#early.push(...tasks);
  }

  /** Hands on tasks that begin at once, now and later. */
  whenAdded(begin: (tasks: OutlineTask[]) => void): void {
    this.#onBegin = begin;
    if (this.#early.length > 0) begin(this.#early.splice(0));
  }

  /** Runs a task to its end, attempts included. Never throws but for a cancel; the state says what became of it. */
  async run(task: WorkItem): Promise<TaskState> {
    const { books, attempts } = this;
    const known = attempts.isCarried(task.id) ? books.tasks.get(task.id) : undefined;
    const state = known ?? books.note(task, 'running');
    state.status = 'running';
    books.hold.start(task.id, (isPaused) => attempts.setPaused(task.id, isPaused));
    books.display.soon();
    try {
      await attempts.run(task, state);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      Object.assign(state, { status: 'cancelled', error: 'cancelled' });
      throw error;
    } finally {
      books.hold.end(task.id);
      const told = takeTold(state);
      state.durationMs = told?.durationMs ?? Date.now() - state.startedAt;
      // C1
      books.heads.set(task.context, state.progress?.head ?? books.heads.of(task.context));
      if (!told) books.tellEnd(state, task.isAskedAfter);
      books.display.soon();
    }
    return state;
  }

  /**
   * Ends the run: writes its result, and closes the workflow as that result says.
   *
   * @throws ApplicationFailure `RunFailed` with the result as detail; CancelledFailure when it was cancelled
   */
  close(stop: RunStop = this.books.stop): Promise<RunResult> {
    this.books.isClosing = true;
    return CancellationScope.nonCancellable(() => closeRun(this.books, stop));
  }
}

// What a slice has told already, of a task that ended in it.
function takeTold(state: TaskState): AgentTaskProgress['told'] {
  if (state.status !== 'succeeded' || !state.progress?.told) return undefined;
  const { told, ...progress } = state.progress;
  state.progress = progress;
  return told;
}
