/*
 * Q1 Branches of tasks that have succeeded go into their target in trains: what ends while one is under way goes with the next.
 * Q2 A run that goes on as new waits for a train that is under way, and carries what is in line, conflicts that are to be sent back included.
 *    Its end waits for all of it. While it is paused nothing in line begins.
 * Q3 A branch in conflict is sent back: a task of the run resolves it, whose branch brings both along. One that fails at that is asked for again.
 * Q5 A conflict that nobody resolved waits for a person, who says that it is tried again, or left. The run's end waits for that, nothing else does.
 * Q6 What began from a branch in conflict, and conflicts because of it, waits for that one's end: it goes along with each train meanwhile.
 * Q4 Of a loop the last iteration goes in, which has the work of those before it, when its condition was met or its iterations are used up.
 */
import {
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  isCancellation,
  patched,
  sleep,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { CarriedMerges } from '../../contracts/carried-run.ts';
import type { MergeTrainInput, MergeTrainResult } from '../../contracts/merge.ts';
import { withoutIteration } from '../../domain/ids/execution-id.ts';
import { toTrainId } from '../../domain/ids/merge-id.ts';
import { toRequestId } from '../../domain/ids/request-id.ts';
import { isLeft } from '../../domain/merge/conflict-answer.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import type { Scheduler } from '../../domain/scheduling/scheduler.ts';
import { sendBack } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure } from '../base/failures.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Waits } from '../people/waits.ts';

/** What the queue needs of the run. */
interface MergingRun {
  books: RunBooks;
  scheduler: Scheduler;
  crew: { waits: Waits };
  add(tasks: OutlineTask[], parent: string | null): void;
}

type Asked = NonNullable<CarriedMerges['asked']>[number];
type MergeTrain = (input: MergeTrainInput) => Promise<MergeTrainResult>;

/** How long a train of somebody else is let go before the own one is tried again, at first and at most, in ms. */
const busyMs = 2000;
const longestBusyMs = 60_000;

/** Branches of a run on their way into their target; of a run that merges nothing by itself it does nothing. */
export class MergeQueue {
  readonly #run: MergingRun;
  #queue: string[];
  #back: CarriedMerges['back'];
  readonly #resolves: Map<string, string>;
  /** What people are or were asked about, by its task (Q5). */
  readonly #asked: Map<string, Asked>;
  readonly #asking = new Set<string>();
  /** Q6 */
  #behind: string[];
  #riding: Promise<void> | null = null;

  constructor(run: MergingRun, carried: CarriedMerges | undefined) {
    this.#run = run;
    this.#queue = [...(carried?.queue ?? [])];
    this.#back = [...(carried?.back ?? [])];
    this.#resolves = new Map(carried?.resolves);
    this.#behind = [...(carried?.behind ?? [])];
    this.#asked = new Map(carried?.asked?.map((each) => [each.taskId, each]));
  }

  /** An execution of a task has come to its end. */
  ended(id: string, status: TaskStatus): void {
    if (!this.#run.books.outline.merge) return;
    const of = this.#resolves.get(id);
    if (status === 'succeeded') this.#queue.push(id);
    // Q3
    else if (of !== undefined) this.#back.push({ taskId: of, after: id });
  }

  /** Begins with what is in line, if nothing is under way. */
  look(): void {
    for (const asked of this.#asked.values()) if (asked.reason !== null) this.#ask(asked);
    if (this.#riding !== null || !this.#isDue || this.#run.books.stop !== null) return;
    const { books } = this.#run;
    this.#riding = this.#drive()
      .catch((error: unknown) => {
        // A cancel has its own way.
        if (!isCancellation(error)) throw error;
      })
      .finally(() => {
        this.#riding = null;
        books.hold.changes++;
      });
  }

  /** Whether nothing is under way or in line; of a run that is being stopped nothing in line begins. */
  get isQuiet(): boolean {
    const isDone = !this.#isDue && this.#asking.size === 0;
    return this.#riding === null && (this.#run.books.stop !== null || isDone);
  }

  async settled(): Promise<void> {
    while (this.#riding) await this.#riding;
  }

  toJSON(): CarriedMerges | null {
    const [resolves, asked, behind] = [[...this.#resolves], [...this.#asked.values()], this.#behind];
    const isEmpty = [this.#queue, this.#back, resolves, asked, behind].every(({ length }) => length === 0);
    if (isEmpty) return null;
    const more = { ...(asked.length > 0 && { asked }), ...(behind.length > 0 && { behind }) };
    return { queue: this.#queue, back: this.#back, resolves, ...more };
  }

  get #isDue(): boolean {
    return this.#back.length > 0 || this.#queue.some((id) => this.#run.scheduler.counts(id) !== null);
  }

  async #drive(): Promise<void> {
    const { books } = this.#run;
    const mayGoOn = (): boolean => books.stop !== null || (!books.isMoving && books.hold.mayStart); // Q2
    for (let restMs = busyMs; this.#isDue;) {
      if (!mayGoOn()) await condition(mayGoOn);
      if (books.stop !== null) return;
      const isThrough = await books.busy.inTurn(() => this.#step());
      if (isThrough) restMs = busyMs;
      else {
        await sleep(restMs, { summary: toSummary('another train of the run is under way') });
        restMs = Math.min(restMs * 2, longestBusyMs);
      }
    }
  }

  // @returns false: a person has a train under way, so that what is in line stays there
  async #step(): Promise<boolean> {
    try {
      const back = this.#back[0];
      return back ? await this.#sendBack(back) : await this.#train();
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Its branches are left as they are, and the result says so.
      this.#tell(describeFailure(error).message);
      return true;
    }
  }

  async #train(): Promise<boolean> {
    const { runKey, runId, outline } = this.#run.books;
    const due = this.#takeDue();
    if (due.length === 0) return true;
    const taskIds = [...due, ...this.#behind.filter((id) => !due.includes(id))];
    const input: MergeTrainInput = { runKey, runId, taskIds, into: outline.merge?.into ?? null, isOwn: true };
    try {
      const { outcomes } = await executeChild<MergeTrain>('mergeTrain', {
        ...{ workflowId: toTrainId(runId), args: [input], workflowTaskTimeout },
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: toSummary(`merge ${taskIds.join(', ')}`),
      });
      this.#behind = outcomes.flatMap(({ taskId, behind }) => (behind === undefined ? [] : [taskId]));
      for (const { taskId, status } of outcomes) {
        const asked = this.#asked.get(taskId);
        if (status === 'conflict') this.#back.push({ taskId, after: asked ? `person/${asked.times}` : null });
      }
      return true;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      this.#queue.unshift(...due);
      return false;
    }
  }

  // Q4: one in which nothing changed any more has no branch, so those before it go along.
  #takeDue(): string[] {
    const { scheduler } = this.#run;
    const before = this.#queue;
    this.#queue = before.filter((id) => scheduler.counts(id) === null);
    const last = new Set(before.filter((id) => scheduler.counts(id) === true).map(withoutIteration));
    return before.filter((id) => scheduler.counts(id) !== null && last.has(withoutIteration(id)));
  }

  async #sendBack(back: CarriedMerges['back'][number]): Promise<boolean> {
    const { runKey } = this.#run.books;
    const summary = toSummary(`the conflict of ${back.taskId}`);
    try {
      const sent = await sendBack.executeWithOptions({ summary }, [{ runKey, ...back }]);
      if (sent.to === 'person') {
        const times = (this.#asked.get(back.taskId)?.times ?? 0) + 1;
        if (patched('conflicts-wait')) this.#ask({ taskId: back.taskId, times, reason: sent.reason });
        return true;
      }
      for (const { id } of sent.added) this.#resolves.set(id, back.taskId);
      this.#run.add(sent.added, null);
      return true;
    } finally {
      this.#back.shift();
    }
  }

  // Q5. Asked again, it is the same question.
  #ask(asked: Asked): void {
    const { taskId, times, reason } = asked;
    if (this.#asking.has(taskId)) return;
    this.#asking.add(taskId);
    this.#asked.set(taskId, asked);
    const { books, crew } = this.#run;
    const id = toRequestId({ kind: 'conflict', taskId, times });
    const detail = `${reason}. Answer "again" when it is done, or "leave it"`;
    const what = `conflict of the branch of task ${taskId}`;
    void crew.waits
      .about({ id, taskId, cause: 'blocker', what, detail, approval: null, asksPerson: true })
      .then(
        ({ text }) => {
          this.#asked.set(taskId, { taskId, times, reason: null });
          if (!isLeft(text)) this.#queue.push(taskId);
        },
        (error: unknown) => {
          if (!isCancellation(error)) this.#tell(describeFailure(error).message);
        },
      )
      .finally(() => {
        this.#asking.delete(taskId);
        books.hold.changes++;
      });
  }

  #tell(message: string): void {
    const { books } = this.#run;
    books.emit({ key: `merges-failed/${books.nextNumber()}`, type: 'run:log', text: `branches are left: ${message}` });
  }
}
