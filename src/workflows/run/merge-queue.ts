/*
 * Q1 Branches of tasks that have succeeded go into their target in trains: what ends while one is under way goes with the next.
 * Q2 A run that goes on as new waits for a train that is under way, and carries what is in line. Its end waits for both.
 * Q3 A branch in conflict is sent back: a task of the run resolves it, whose branch brings both along. One that fails at that is asked for again.
 */
import { ChildWorkflowCancellationType, condition, executeChild, isCancellation, sleep } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { CarriedMerges } from '../../contracts/carried-run.ts';
import type { MergeTrainInput, MergeTrainResult } from '../../contracts/merge.ts';
import { toTrainId } from '../../domain/ids/merge-id.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { sendBack } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure } from '../base/failures.ts';
import type { RunBooks } from '../books/run-books.ts';

/** What the queue needs of the run. */
interface MergingRun {
  books: RunBooks;
  add(tasks: OutlineTask[], parent: string | null): void;
}

type MergeTrain = (input: MergeTrainInput) => Promise<MergeTrainResult>;

const busyMs = 2000;

/** Branches of a run on their way into their target; of a run that merges nothing by itself it does nothing. */
export class MergeQueue {
  readonly #run: MergingRun;
  #queue: string[] = [];
  readonly #resolves = new Map<string, string>();
  #riding: Promise<void> | null = null;

  constructor(run: MergingRun, carried: CarriedMerges | undefined) {
    this.#run = run;
    for (const [taskId, of] of carried?.resolves ?? []) this.#resolves.set(taskId, of);
    if (carried && carried.queue.length > 0) this.#enter(carried.queue);
  }

  /** An execution of a task has come to its end. */
  ended(id: string, status: TaskStatus): void {
    if (!this.#run.books.outline.merge) return;
    const of = this.#resolves.get(id);
    if (status === 'succeeded') this.#enter([id]);
    // Q3
    else if (of !== undefined) this.#ride(() => this.#sendBack(of, id));
  }

  /** Whether nothing is under way or in line; of a run that is being stopped nothing in line begins. */
  get isQuiet(): boolean {
    return this.#riding === null && (this.#queue.length === 0 || this.#run.books.stop !== null);
  }

  async settled(): Promise<void> {
    while (this.#riding) await this.#riding;
  }

  toJSON(): CarriedMerges | null {
    if (this.#queue.length + this.#resolves.size === 0) return null;
    return { queue: this.#queue, resolves: [...this.#resolves] };
  }

  #enter(ids: readonly string[]): void {
    this.#queue.push(...ids);
    this.#ride(() => this.#drive());
  }

  #ride(work: () => Promise<void>): void {
    const { books } = this.#run;
    const before = this.#riding ?? Promise.resolve();
    const riding = before
      .then(work)
      .catch((error: unknown) => {
        // A cancel has its own way; anything else leaves branches as they are, and the result says so.
        if (!isCancellation(error)) this.#tell(describeFailure(error).message);
      })
      .then(() => {
        if (this.#riding === riding) this.#riding = null;
        books.hold.changes++;
      });
    this.#riding = riding;
  }

  async #drive(): Promise<void> {
    const { books } = this.#run;
    while (this.#queue.length > 0 && books.stop === null) {
      // Q2
      if (books.isMoving) await condition(() => !books.isMoving);
      const outcomes = await books.busy.inTurn(async () => {
        const taskIds = this.#queue.splice(0);
        return taskIds.length > 0 ? (await this.#train(taskIds)).outcomes : [];
      });
      for (const { taskId, status } of outcomes) if (status === 'conflict') await this.#sendBack(taskId, null);
    }
  }

  async #train(taskIds: string[]): Promise<MergeTrainResult> {
    const { runKey, runId, outline } = this.#run.books;
    const { into = null } = outline.merge ?? {};
    const input: MergeTrainInput = { runKey, runId, taskIds, into };
    for (;;) {
      try {
        return await executeChild<MergeTrain>('mergeTrain', {
          ...{ workflowId: toTrainId(runId, into), args: [input], workflowTaskTimeout },
          cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
          staticSummary: toSummary(`merge ${taskIds.join(', ')}`),
        });
      } catch (error) {
        // A person has one under way.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        await sleep(busyMs, { summary: toSummary('another train goes there') });
      }
    }
  }

  async #sendBack(taskId: string, after: string | null): Promise<void> {
    const { books } = this.#run;
    if (books.stop !== null) return;
    const { runKey } = books;
    const summary = toSummary(`the conflict of ${taskId}`);
    const sent = await books.busy.inTurn(() => sendBack.executeWithOptions({ summary }, [{ runKey, taskId, after }]));
    if (sent.to === 'person') return;
    for (const { id } of sent.added) this.#resolves.set(id, taskId);
    this.#run.add(sent.added, null);
  }

  #tell(message: string): void {
    const { books } = this.#run;
    books.emit({ key: `merges-failed/${books.nextNumber()}`, type: 'run:log', text: `branches are left: ${message}` });
  }
}
