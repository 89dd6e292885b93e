import { CancellationScope } from '@temporalio/workflow';
import type { CarriedExecution } from '../../contracts/carried-run.ts';
import { parseInstanceId } from '../../domain/ids/execution-id.ts';

/** Executions in flight: each can be given up by itself, and all of them with the run. */
export class Executions {
  readonly #open = new Map<string, { scope: CancellationScope; stage: CarriedExecution['stage'] }>();
  readonly #endings = new Set<Promise<void>>();
  /** Why executions in flight were given up by a person. */
  readonly #skipped = new Map<string, string>();

  get size(): number {
    return this.#endings.size;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Whether an execution that a person gave up has not ended yet. */
  get isSkipping(): boolean {
    return [...this.#skipped.keys()].some((id) => this.#open.has(id));
  }

  /** Starts one in the current scope. `ended` comes in any case, with what went wrong. */
  start(
    { id, stage }: CarriedExecution,
    work: () => Promise<void>,
    ended: (failed: { error: unknown } | null) => void,
  ): void {
    const scope = new CancellationScope();
    this.#open.set(id, { scope, stage });
    const ending = scope
      .run(work)
      .then(
        () => null,
        (error: unknown) => ({ error }),
      )
      .then((failed) => {
        ended(failed);
        this.#open.delete(id);
        this.#endings.delete(ending);
      });
    this.#endings.add(ending);
  }

  /** How far an execution has come. */
  reach(id: string, stage: CarriedExecution['stage']): void {
    const execution = this.#open.get(id);
    if (execution) execution.stage = stage;
  }

  /** A person gives up what is in flight of a task. */
  skip(taskId: string, reason: string): void {
    for (const [id, { scope }] of this.#open) {
      if (parseInstanceId(id).task !== taskId) continue;
      this.#skipped.set(id, reason);
      scope.cancel();
    }
  }

  /** Why a person gave an execution up; undefined: nobody did. */
  whySkipped(id: string): string | undefined {
    return this.#skipped.get(id);
  }

  /** Waits until nothing is in flight. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#endings);
  }

  toJSON(): CarriedExecution[] {
    return [...this.#open].map(([id, { stage }]) => ({ id, stage }));
  }
}
