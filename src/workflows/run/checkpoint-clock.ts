import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import { saveCheckpoint } from '../base/activity-proxies.ts';
import type { RunBooks } from '../books/run-books.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure } from '../base/failures.ts';

/** Saves checkpoints: after every phase, and after every so many ended tasks. */
export class CheckpointClock {
  readonly #books: RunBooks;
  #ended = 0;
  #saving: Promise<unknown> = Promise.resolve();
  #barrier: Promise<unknown> = Promise.resolve();

  constructor(books: RunBooks) {
    this.#books = books;
  }

  /** How many tasks have ended so far. */
  get ended(): number {
    return this.#ended;
  }

  restore(ended: number): void {
    this.#ended = ended;
  }

  taskEnded(taskId: string): void {
    const { checkpointEvery } = this.#books.outline;
    this.#ended++;
    if (checkpointEvery !== null && this.#ended % checkpointEvery === 0) this.save(`tasks/${this.#ended}`, taskId);
  }

  /** Waits for the last checkpoint that nothing may overtake. */
  barrier(): Promise<unknown> {
    return this.#barrier;
  }

  /** Saves one that nothing may overtake. */
  saveFirst(checkpoint: string, after: string): void {
    this.save(checkpoint, after);
    this.#barrier = this.#saving;
  }

  /** Saves one beside the work: the run does not wait for it, and a failure costs only the checkpoint. */
  save(checkpoint: string, after: string): void {
    const { runKey, outline } = this.#books;
    // Without files it is a row, and goes with the story of what has just ended.
    if (!outline.changesFiles) return this.#books.mark({ checkpoint, after });
    const options = { taskQueue: outline.workspaceQueue, summary: toSummary(`checkpoint ${checkpoint}`) };
    const save = () =>
      CancellationScope.nonCancellable(() =>
        // What has ended is in the store first, so that the checkpoint holds it.
        this.#books.flush().then(() => saveCheckpoint.executeWithOptions(options, [{ runKey, checkpoint, after }])),
      ).catch((error: unknown) => {
        if (!isCancellation(error))
          log.warn(`checkpoint ${checkpoint} was not saved: ${describeFailure(error).message}`);
      });
    const before = this.#saving;
    this.#saving = this.#books.busy.during(() => before.then(save));
  }

  /** Waits for those that are being saved. */
  async settled(): Promise<void> {
    await this.#saving;
  }
}
