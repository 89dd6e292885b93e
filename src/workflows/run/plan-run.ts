/*
 * P1 The store hears of an end before anything that depends on it begins: one `recordProgress` a step, in order.
 * P2 What undoes a task is registered (its row says that it began) before the task starts.
 * P3 However the run ends, what is in flight ends first, so that the result says what became of each task.
 * P4 A run with a long history goes on as new (see handover.ts): what was in flight is taken up where it stood.
 */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { BeginTask, BegunTask } from '../../contracts/progress.ts';
import type { CarriedExecution, CarriedRun } from '../../contracts/carried-run.ts';
import { outlineOptions, type OutlineTask } from '../../domain/plan/outline.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { Scheduler, type ReadyTask } from '../../domain/scheduling/scheduler.ts';
import { WaveClock } from '../../domain/scheduling/wave-clock.ts';
import { parseInstanceId } from '../../domain/ids/execution-id.ts';
import { approveAfter } from '../people/approvals.ts';
import { askBefore } from './ask-before.ts';
import { addToRun, beginAdded } from './begin-added.ts';
import { CheckpointClock } from './checkpoint-clock.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Crew } from './crew.ts';
import { PlanTasks } from '../books/plan-tasks.ts';
import type { WorkItem } from '../books/work-item.ts';
import { Executions } from '../books/executions.ts';
import { restoreRun, toCarriedRun, unpackScheduler } from './carry.ts';
import { Handover } from './handover.ts';
import type { ProgressStep } from '../books/progress-log.ts';
import { MergeQueue } from './merge-queue.ts';
import { hearLoops, nextStep, type NextStep } from './next-step.ts';
import { noteReused } from './note-reused.ts';
import { PhaseClock } from './phase-clock.ts';
import { SliceDesk } from './slice-desk.ts';
import { scriptsOf } from './plan-scripts.ts';
import { tellMember } from './tell-member.ts';
import { tellScript } from './tell-script.ts';
import { tellUnevaluated } from './tell-unevaluated.ts';

type Stage = CarriedExecution['stage'];

/** The execution of a plan: starts every task as soon as the scheduler allows it, until nothing is left to do. */
export class PlanRun {
  readonly crew: Crew;
  readonly books: RunBooks;
  readonly tasks: PlanTasks;
  readonly scheduler: Scheduler;
  readonly phases: PhaseClock;
  /** Executions that began, in the order in which they ended; what never ended is not in it. */
  readonly endOrder: string[] = [];
  readonly waves: WaveClock;
  readonly checkpoints: CheckpointClock;
  readonly executions = new Executions();
  readonly scripts: ReturnType<typeof scriptsOf>;
  readonly epochs = new Map<string, number>();
  readonly merges: MergeQueue;
  readonly slices: SliceDesk | null;
  readonly #handover: Handover;
  /** What is in flight; cancelled when the run is stopped from inside. */
  #scope = CancellationScope.current();
  /** What the execution before left; null: this is the first. */
  readonly #carried: CarriedRun | null;
  #failure: unknown;

  constructor(crew: Crew, carried: CarriedRun | null) {
    const { books, attempts } = crew;
    const { outline } = books;
    this.crew = crew;
    this.books = books;
    this.tasks = new PlanTasks(outline);
    this.scheduler = carried
      ? Scheduler.from(unpackScheduler(carried, outline.tasks))
      : new Scheduler(outline, { maxParallel: outline.limits.maxParallel });
    this.checkpoints = new CheckpointClock(books);
    this.phases = new PhaseClock(books, this.scheduler, this.checkpoints);
    this.waves = new WaveClock(outline.tasks, this.scheduler, (event) => books.emit(event));
    const given = { books, attempts, executions: this.executions, hasFailed: () => this.hasFailed };
    this.#handover = new Handover({ ...given, toCarried: () => toCarriedRun(this) });
    this.scripts = scriptsOf(this, { carried: carried?.scripts, caughtUp: (given) => this.#handover.begins(given) });
    this.slices = outline.limits.tasks === 'auto' ? new SliceDesk(this) : null;
    crew.slices = this.slices;
    crew.waits.onWait = (taskId, isWaiting) => this.executions.has(taskId) && this.scheduler.wait(taskId, isWaiting);
    if (carried) restoreRun(this, carried);
    else for (const { id } of outline.tasks) books.note(this.tasks.toWorkItem(id), 'pending');
    this.merges = new MergeQueue(this, carried?.merges);
    crew.whenAdded((tasks) => beginAdded(this, tasks));
    this.#carried = carried;
  }

  /**
   * Runs the plan to its end. Throws only for a cancel.
   *
   * @returns what the next execution has to know, when the history has become long and the run goes on as new; null: it is over
   */
  async run(): Promise<CarriedRun | null> {
    // Made here, so that whoever limits the run's time can cancel it.
    this.#scope = new CancellationScope();
    // A compensation may want to know how the workspace looked before anything began.
    if (this.#carried === null && this.books.outline.tasks.some((task) => task.canCompensate))
      this.checkpoints.save('start', 'the start');
    let moved: CarriedRun | null = null;
    try {
      moved = await this.#scope.run(async () => {
        this.slices?.open();
        await this.checkpoints.settled();
        this.#takeUp();
        return this.#loop();
      });
    } catch (error) {
      if (!isCancellation(error)) this.#scope.cancel();
      // Stopped from inside: the reason stands in `books.stop`.
      if (!isCancellation(error) || this.books.stop === null || CancellationScope.current().consideredCancelled)
        throw error;
    } finally {
      if (moved === null) {
        // P3
        const settled = () => (this.slices ? this.#settled(this.slices) : this.executions.settled());
        await CancellationScope.nonCancellable(() => settled().then(() => this.merges.settled()));
        await this.checkpoints.settled();
      }
    }
    return moved;
  }

  // P4
  #takeUp(): void {
    if (!this.#carried) return;
    for (const { id, stage } of this.#carried.executions) {
      // It was asked about because it had succeeded.
      if (stage === 'after') this.books.tasks.get(id)!.status = 'succeeded';
      this.scheduler.wait(id, false);
      this.#start(this.tasks.toWorkItem(id), { id, verdict: 'start', asks: stage === 'before', detail: '' }, stage);
    }
    this.crew.attempts.takenUp(this.#carried.relays);
  }

  async #loop(): Promise<CarriedRun | null> {
    const { books } = this;
    for (;;) {
      if (this.hasFailed) throw this.#failure ?? books.log.failure;
      if (this.#handover.isDueNow) {
        const next = await this.#handover.comesToRest();
        if (next) return next;
        continue;
      }
      const seen = books.hold.changes;
      if (this.slices && (await this.#takeBegun(this.slices))) continue;
      const step = nextStep(this);
      for (const { id, reason, isLost } of step.skip) this.#giveUp(id, reason, !isLost);
      this.phases.look();
      this.waves.look();
      this.merges.look();
      // What the next phase changes must not be in the checkpoint of this one.
      await this.checkpoints.barrier();
      if (step.skip.length > 0) continue;
      // What is left to be written goes with the result.
      const isIdle = step.start.length + step.loops.length === 0;
      if (isIdle && books.hold.changes === seen && this.#isOver) return null;
      const { begun, loops } = await books.flush(this.#toProgress(step));
      hearLoops(this, step, loops);
      step.start.forEach((ready, index) => this.#follow(ready, begun[index]!));
      if (!isIdle || books.hold.changes !== seen) continue;
      if (this.#isOver) return null;
      books.display.soon();
      this.slices?.noteIdle();
      await condition(() => books.hold.changes !== seen || this.hasFailed || this.#handover.isDue);
    }
  }

  #toProgress({ start, loops }: NextStep): ProgressStep {
    const begin = start.map((ready) => this.#announce(ready));
    return { ...(begin.length > 0 && { begin }), ...(loops.length > 0 && { loops }) };
  }

  // What a slice has begun has begun, also in a run that is stopped or paused meanwhile.
  async #takeBegun(slices: SliceDesk): Promise<boolean> {
    const taken = slices.takeBegun();
    for (const { ready } of taken) this.#announce(ready);
    if (taken.length > 0) await this.books.flush();
    for (const { ready, begun } of taken) this.#follow(ready, begun);
    return taken.length > 0;
  }

  async #settled(slices: SliceDesk): Promise<void> {
    do await this.executions.settled();
    while (await this.#takeBegun(slices));
  }

  get #isOver(): boolean {
    const { books, scheduler } = this;
    if (!this.merges.isQuiet) return false;
    return this.executions.size === 0 && (books.stop !== null || (scheduler.isOver && books.room.size === 0));
  }

  // Its phase and its wave begin with it, so that one step of the story tells of all three.
  #announce({ id, epoch }: ReadyTask): BeginTask {
    const planned = this.tasks.of(id);
    this.phases.start(planned);
    this.waves.start(planned.id);
    return this.toBegin(id, { epoch });
  }

  /** What the store is asked about an execution before it starts. */
  toBegin(id: string, { epoch, prompt }: { epoch?: number; prompt?: string } = {}): BeginTask {
    if (epoch !== undefined) this.epochs.set(id, epoch);
    const at = { id, epoch: this.epochs.get(id) ?? 0, head: this.books.heads.of(this.tasks.toWorkItem(id).context) };
    return { ...parseInstanceId(id), ...at, ...(prompt !== undefined && { prompt }) };
  }

  // What the store said of a task that is about to start.
  #follow(ready: ReadyTask, begun: BegunTask): void {
    const { books, scheduler } = this;
    const task = this.tasks.toWorkItem(ready.id);
    switch (begun.verdict) {
      case 'start':
        if (!scheduler.begin(ready.id)) return;
        tellMember(books, scheduler, ready, this.tasks.of(ready.id));
        return this.#start(task, begun);
      case 'expand':
        if (begun.width === 0) books.skip(task, 'its list is empty', true);
        else {
          books.tasks.delete(ready.id);
          books.widths.set(ready.id, begun.width);
        }
        return scheduler.expand(ready.task, begun.width);
      case 'skip':
        books.skip(task, begun.reason, !begun.isMissing);
        scheduler.end(ready.id, 'skipped');
        return tellScript(this, ready.id);
      case 'reuse':
        noteReused(books, task, begun);
        return this.#end(task.id, 'reused');
      case 'fail':
        tellUnevaluated(books, task, begun.error);
        return this.#end(task.id, 'failed');
    }
  }

  #start(task: WorkItem, begun: Extract<BegunTask, { verdict: 'start' }>, stage: Stage = 'before'): void {
    const work = (): Promise<void> => this.#work(task, begun, stage);
    void this.#scope.run(async () =>
      this.executions.start({ id: task.id, stage }, work, (failed) => {
        if (failed) {
          if (!isCancellation(failed.error)) this.#failure ??= failed.error;
          this.#giveUp(task.id, this.executions.whySkipped(task.id) ?? 'the run ended before it could end');
        }
        this.books.hold.changes++;
      }),
    );
  }

  async #work(task: WorkItem, begun: Extract<BegunTask, { verdict: 'start' }>, stage: Stage): Promise<void> {
    const { books, crew, executions } = this;
    const options = outlineOptions(this.tasks.of(task.id));
    const { may, about } = begun.asks ? await askBefore(this, task, begun) : { may: true, about: begun.about };
    if (!may) return this.#end(task.id, 'skipped');
    if (stage !== 'after') executions.reach(task.id, 'work');
    const item = about === undefined ? task : { ...task, about };
    const state =
      stage === 'after' ? books.tasks.get(task.id)! : await (options.isScript ? this.scripts : crew).run(item);
    executions.reach(task.id, 'after');
    if (state.status === 'succeeded' && options.approval?.at === 'after') {
      await approveAfter({ books, waits: crew.waits }, task, options.approval, state);
    }
    const added = state.status === 'succeeded' ? (state.progress?.added ?? []) : [];
    if (added.length > 0) this.add(added, task.id);
    this.#end(task.id, state.status);
  }

  /** An execution has come to its end. */
  #end(id: string, status: TaskStatus): void {
    const { books } = this;
    this.scheduler.end(id, status);
    this.endOrder.push(id);
    tellScript(this, id);
    this.checkpoints.taskEnded(id);
    this.merges.ended(id, status);
    books.hold.changes++;
    const { continueOnError } = outlineOptions(this.tasks.of(id));
    if (status !== 'failed' || continueOnError || books.outline.onFailure === 'continue') return;
    books.stopRun('failed', `${id} failed: ${books.tasks.get(id)?.error ?? 'no reason'}`);
    this.#scope.cancel();
  }

  // An execution that does not come to its own end: given up by a person or before it started, or cancelled with the run.
  #giveUp(id: string, reason: string, byCondition = false): void {
    const state = this.books.tasks.get(id);
    const isCancelled = state?.status === 'cancelled' && this.executions.whySkipped(id) === undefined;
    if (!isCancelled) this.books.skip(this.tasks.toWorkItem(id), reason, byCondition || this.books.dropped.has(id));
    this.scheduler.end(id, isCancelled ? 'cancelled' : 'skipped');
    tellScript(this, id);
  }

  /** Tasks that were added while the run lives; with a parent, whoever waits for the parent waits for them too. */
  add(tasks: OutlineTask[], parent: string | null): void {
    addToRun(this, tasks, parent);
  }

  /** Whether something went wrong that no task stands for. */
  get hasFailed(): boolean {
    return (this.#failure ?? this.books.log.failure) !== undefined;
  }
}
