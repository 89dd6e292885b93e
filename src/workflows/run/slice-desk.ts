/*
 * Hands what is ready to workers many tasks at a time, and follows what became of it.
 *
 * D1 The workflow stays the authority: what a slice did is taken over in the order in which it happened, by the steps that any task takes, and the
 *    store is told nothing twice. What of it is forgotten, as the run goes on as new, is found in the journal again.
 * D2 A task that needs more than a slice gives goes on in a workflow of its own, where it stood.
 * D3 Sliced attempts wait here while the run is paused, as those in slices leave them before their next call.
 * D4 One slice at a time begins tasks by itself. While it does, the run begins none of those that it may: nobody begins anything twice. What
 *    it has begun, it has begun, whatever became of the run meanwhile.
 */
import { CancellationScope, CancelledFailure, condition, isCancellation } from '@temporalio/workflow';
import type { AgentTaskInput, AgentTaskProgress, CarriedLoop, LoopState } from '../../contracts/agent-task.ts';
import type { BegunTask } from '../../contracts/progress.ts';
import type { SlicedAttempt, SlicedEnd, SliceResult } from '../../contracts/slice.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import { hasEnded, type ReadyTask } from '../../domain/scheduling/scheduler.ts';
import { noProgress } from '../../domain/turns/agent-turns.ts';
import { maySlice } from '../../domain/turns/may-slice.ts';
import { mostAtOnce } from '../../domain/turns/slice-bounds.ts';
import { finalFailure } from '../base/failures.ts';
import { tellAttempt } from '../base/trace.ts';
import { WaitClock } from '../base/wait-clock.ts';
import type { Attempt, SliceDoor } from '../task/attempt.ts';
import { inRun } from '../task/inline-attempt.ts';
import { LoopMoves } from '../task/run-link.ts';
import type { TaskState } from '../books/work-item.ts';
import type { PlanState } from './carry.ts';
import { followersOf, isFollower, phasesOf } from './slice-followers.ts';
import { type Sliced, SliceInFlight } from './slice-in-flight.ts';

/** Promises that follow from one step of the scheduler, at most: by then all that begin with it have come here. */
const gatheringTicks = 60;

/** The slice that begins tasks by itself. */
interface Following {
  slice: SliceInFlight;
  phases: ReadonlySet<number | null>;
  /** Slots that it may fill beside those of its tasks. */
  lent: number;
}

/** Does attempts of a plan's run in slices. */
export class SliceDesk implements SliceDoor {
  readonly #run: PlanState;
  #queue: Sliced[] = [];
  #isGathering = false;
  /** Tasks that a slice has begun by itself, with what became of them. */
  readonly #known = new Map<string, SlicedEnd>();
  readonly #inFlight = new Set<SliceInFlight>();
  /** What a slice has begun is about to begin here. */
  #isTaking = false;
  #following: Following | null = null;
  /** That of all that is in flight. */
  #scope = CancellationScope.current();

  constructor(run: PlanState) {
    this.#run = run;
  }

  /** The run begins, in the scope in which all that it has in flight is: not that of the attempt that comes first. */
  open(): void {
    this.#scope = CancellationScope.current();
  }

  takes({ taskId, output }: Pick<AgentTaskInput, 'taskId' | 'output'>): boolean {
    const task = this.#run.tasks.find(toInstance(taskId).task);
    return task !== undefined && !output && maySlice(task, this.#run.crew.books.outline);
  }

  /** What slices have begun by themselves, with what the store said of it: it begins before anything else does (D4). */
  takeBegun(): { ready: ReadyTask; begun: BegunTask }[] {
    const { scheduler } = this.#run;
    for (const id of this.#known.keys()) if (hasEnded(scheduler.statusOf(id) ?? 'skipped')) this.#known.delete(id);
    if (this.#known.size === 0) return [];
    const { maxParallel } = scheduler;
    scheduler.maxParallel = Infinity;
    const { start } = scheduler.next();
    scheduler.maxParallel = maxParallel;
    return start.flatMap((ready) => {
      const begun = this.#known.get(ready.id)?.begun;
      return begun ? { ready, begun } : [];
    });
  }

  /** The run has begun all that it can, and waits for something. */
  noteIdle(): void {
    this.#isTaking = false;
  }

  /** How many slots are held for what a slice begins. */
  get lentSlots(): number {
    return this.#following?.lent ?? 0;
  }

  /** Whether a slice may begin that execution by itself now (D4). */
  owns(executionId: string): boolean {
    return this.#following !== null && isFollower(this.#run, this.#following.phases, executionId);
  }

  /** Whether a slice may have begun a task that is pending here, or has. */
  mayHaveBegun(taskId: string): boolean {
    if (this.#run.scheduler.status(taskId) !== 'pending') return false;
    return this.owns(taskId) || [...this.#known.keys()].some((id) => toInstance(id).task === taskId);
  }

  /** A person gives a task up that a slice may have begun by itself. @returns whether the store knows that it has ended there */
  async giveUp(taskId: string): Promise<boolean> {
    if (!this.mayHaveBegun(taskId)) return false;
    const { books } = this.#run.crew;
    // What has begun before and is to be done anew, no slice begins by itself.
    const isMeant = ({ id, attempts }: TaskState): boolean => attempts === 0 && toInstance(id).task === taskId;
    const giveUp = [...books.tasks.values()].filter(isMeant).map((state) => ({ ...state, status: 'skipped' as const }));
    return giveUp.length > 0 && (await books.flush({ giveUp })).hadEnded !== undefined;
  }

  attempt(input: AgentTaskInput, carried: CarriedLoop | null): Attempt {
    const known = this.#known.get(input.taskId);
    this.#known.delete(input.taskId);
    const startedAt = carried?.startedAt ?? known?.startedAt ?? Date.now();
    const clock = new WaitClock(carried?.waitedMs);
    const task = toSliced(input, { startedAt, waitedMs: clock.waitedMs, state: carried?.state ?? null });
    const result = new Promise<AgentTaskProgress>((resolve, reject) => {
      const settle: Sliced['settle'] = (outcome) => {
        if (outcome.kind === 'failed') return reject(finalFailure(outcome.type, outcome.message, [outcome.progress]));
        const { progress, durationMs } = outcome;
        // Of one that was to end the store may have been told something else since.
        resolve(sliced.isCancelled ? progress : { ...progress, told: { durationMs } });
      };
      const sliced: Sliced = { task, settle, reject, isCancelled: false, clock };
      CancellationScope.current().cancelRequested.catch((error: unknown) => this.#cancel(sliced, error));
      if (known?.attempt === input.attempt) this.#settle(sliced, known);
      else this.#enter(sliced);
    });
    tellAttempt(result, input, startedAt);
    return { ...inRun(result), loop: () => ({ startedAt, waitedMs: clock.waitedMs, state: task.state }) };
  }

  #enter(sliced: Sliced): void {
    this.#queue.push(sliced);
    if (this.#isGathering) return;
    this.#isGathering = true;
    void this.#scope
      .run(() => this.#gather())
      .catch((error: unknown) => {
        for (const one of this.#queue.splice(0)) one.reject(error);
        this.#isGathering = false;
      });
  }

  async #gather(): Promise<void> {
    for (let tick = 0; tick < gatheringTicks; tick++) await Promise.resolve();
    // What the slice before has begun is begun here first, so that the next one does not begin it again.
    await condition(() => !this.#isTaking);
    await this.#rest();
    this.#isGathering = false;
    const ready = this.#queue.splice(0).filter(({ isCancelled }) => !isCancelled);
    const count = Math.ceil(ready.length / mostAtOnce);
    for (let at = 0; at < count; at++) {
      // Alike in size, so that none of them is done long before the others.
      const part = ready.filter((_one, index) => index % count === at);
      void this.#give(part, count === 1 && this.#following === null && this.#known.size === 0);
    }
  }

  // D3
  async #rest(): Promise<void> {
    const { books } = this.#run.crew;
    const { hold } = books;
    if (!hold.pause && !books.isMoving) return;
    const resting = new Set<Sliced>();
    while (hold.pause || books.isMoving) {
      for (const sliced of this.#queue) {
        if (!resting.has(sliced)) sliced.clock.start();
        resting.add(sliced);
        if (hold.pause && !hold.isIdle(sliced.task.taskId)) hold.idle(sliced.task.taskId);
      }
      const [count, pauses] = [this.#queue.length, hold.pauses];
      const isNews = (): boolean => this.#queue.length !== count || hold.pauses !== pauses;
      await condition(() => (hold.pause === null && !books.isMoving) || isNews());
    }
    for (const { clock } of resting) clock.stop();
    // Calls begin where the store says that the run goes on.
    await books.flush();
  }

  async #give(part: Sliced[], mayFollow: boolean): Promise<void> {
    const { books } = this.#run.crew;
    const ids = part.map(({ task }) => task.taskId);
    for (const { task, clock } of part) task.waitedMs = clock.waitedMs;
    const slice = new SliceInFlight(books, part, this.#scope);
    const follow = mayFollow ? followersOf(this.#run, ids) : null;
    if (follow) this.#following = { slice, phases: phasesOf(this.#run, ids), lent: follow.slots - part.length };
    this.#inFlight.add(slice);
    try {
      this.#take(part, await slice.run(follow));
    } catch (error) {
      this.#takeFailure(part, error);
    } finally {
      this.#inFlight.delete(slice);
      if (this.#following?.slice === slice) this.#following = null;
      books.hold.changes++;
    }
  }

  #cancel(sliced: Sliced, error: unknown): void {
    sliced.isCancelled = true;
    if (this.#queue.includes(sliced)) sliced.reject(error);
    for (const slice of this.#inFlight) if (slice.part.includes(sliced)) slice.tellGivenUp();
  }

  // D1
  #take(part: readonly Sliced[], { ends, reports = [] }: SliceResult): void {
    const given = new Map(part.map((sliced) => [sliced.task.taskId, sliced]));
    for (const end of ends) {
      const sliced = given.get(end.taskId);
      given.delete(end.taskId);
      if (sliced) this.#settle(sliced, end);
      else this.#known.set(end.taskId, end);
    }
    this.#isTaking = this.#known.size > 0;
    for (const { reject, task } of given.values()) reject(new CancelledFailure(`${task.taskId} was given up`));
    for (const report of reports) this.#run.crew.books.hear(report);
  }

  #settle(sliced: Sliced, { outcome }: SlicedEnd): void {
    if (outcome.kind !== 'left') return sliced.settle(outcome);
    if (sliced.isCancelled) return sliced.reject(new CancelledFailure('the task was cancelled'));
    sliced.task.state = outcome.state;
    // Who has done its turn waits for the others of its slice, however long their calls take.
    sliced.clock.add(Math.max(0, Date.now() - outcome.leftAt));
    // D2
    if (outcome.why === 'moved') return sliced.reject(new LoopMoves(outcome.state));
    const known = this.#run.crew.books.tasks.get(sliced.task.taskId);
    if (known) known.progress = outcome.state.progress;
    this.#enter(sliced);
  }

  #takeFailure(part: readonly Sliced[], error: unknown): void {
    for (const sliced of part) {
      if (sliced.isCancelled)
        sliced.reject(isCancellation(error) ? error : new CancelledFailure('the task was cancelled'));
      // It had not begun.
      else if (isCancellation(error)) this.#enter(sliced);
      // Its worker died with it again and again, or something is wrong that a step of its own will tell.
      else sliced.reject(new LoopMoves(sliced.task.state));
    }
  }
}

function toSliced(
  { taskId, attempt, agent, context, maxTurns, timeoutMs, head, prompt }: AgentTaskInput,
  { startedAt, waitedMs, state }: { startedAt: number; waitedMs: number; state: LoopState | null },
): SlicedAttempt {
  const first = prompt === null ? ('task' as const) : { text: prompt };
  const fresh = { progress: noProgress<OutlineTask>(head), head, prompt: first, history: [], repairs: 0 };
  return { ...{ taskId, attempt, agent, context, maxTurns, timeoutMs, startedAt, waitedMs }, state: state ?? fresh };
}
