import { CancellationScope, condition, log } from '@temporalio/workflow';
import type { TaskEnd, TaskReport } from '../../contracts/agent-task.ts';
import { findEndedTasks } from '../base/activity-proxies.ts';
import { describeFailure } from '../base/failures.ts';
import type { RunBooks } from '../books/run-books.ts';

/** How often a run looks for children that died without a word. */
const sweepMs = 300_000;

/** A child at work. */
interface Child {
  attempt: number;
  /** Id of its workflow. */
  childId: string;
}

/** Tasks whose children report by signal only, as an execution before this one started them. */
export class Abandoned {
  readonly #books: RunBooks;
  readonly #taskIds = new Set<string>();

  constructor(books: RunBooks) {
    this.#books = books;
  }

  add(taskId: string): void {
    this.#taskIds.add(taskId);
  }

  delete(taskId: string): void {
    this.#taskIds.delete(taskId);
  }

  /** Looks for children that died without a word, now and once in a while, for as long as there are any, and tells their ends. */
  async watch(childOf: (taskId: string) => Child | undefined, tell: (report: TaskReport) => void): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      while (this.#taskIds.size > 0) {
        await this.#findEnded(childOf, tell);
        await condition(() => this.#taskIds.size === 0, sweepMs, { summary: 'looks after tasks of earlier' });
      }
    });
  }

  async #findEnded(childOf: (taskId: string) => Child | undefined, tell: (report: TaskReport) => void): Promise<void> {
    const children = [...this.#taskIds].flatMap((taskId) => {
      const child = childOf(taskId);
      return child ? [{ taskId, attempt: child.attempt, workflowId: child.childId }] : [];
    });
    if (children.length === 0) return;
    const options = { summary: `look for ${children.length} tasks` };
    const workflowIds = children.map(({ workflowId }) => workflowId);
    let ends: (TaskEnd | null)[];
    try {
      ends = await this.#books.busy.during(() => findEndedTasks.executeWithOptions(options, [{ workflowIds }]));
    } catch (error) {
      // They are looked for again: nobody hears of a rejection here, and one that nobody hears of would keep the run from going on.
      log.warn(`what became of ${children.length} tasks is not known yet: ${describeFailure(error).message}`);
      return;
    }
    children.forEach(({ taskId, attempt }, index) => {
      const end = ends[index];
      if (end) tell({ taskId, kind: 'ended', attempt, end });
    });
  }
}
