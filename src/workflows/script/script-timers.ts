import { condition } from '@temporalio/workflow';
import { longestTimerMs } from '../../domain/duration.ts';

/** Timers of a script: one timer of the workflow stands for the next of them. */
export class ScriptTimers {
  readonly #pending = new Map<number, number>();
  /** When those come that an execution before has set. */
  readonly #carried: ReadonlyMap<number, number>;
  readonly #fire: (number: number) => void;
  #count = 0;
  #changes = 0;
  #isOver = false;

  constructor(carried: readonly [number: number, at: number][], fire: (number: number) => void) {
    this.#carried = new Map(carried);
    this.#fire = fire;
  }

  /** Sets a timer. @returns its number, from 0 */
  set(ms: number): number {
    const number = this.#count++;
    const wait = Math.min(Math.max(Number.isFinite(ms) ? ms : 0, 0), longestTimerMs);
    this.#pending.set(number, this.#carried.get(number) ?? Date.now() + wait);
    this.#changes++;
    return number;
  }

  clear(number: number): void {
    if (this.#pending.delete(number)) this.#changes++;
  }

  stop(): void {
    this.#isOver = true;
  }

  toJSON(): [number: number, at: number][] {
    return [...this.#pending];
  }

  /** Tells of each timer when its time has come, until {@link stop}. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      const seen = this.#changes;
      const isNews = (): boolean => this.#isOver || this.#changes !== seen;
      const next = Math.min(...this.#pending.values());
      if (next === Infinity) await condition(isNews);
      else if (!(await condition(isNews, Math.max(1, next - Date.now()), { summary: 'a timer of the script' })))
        this.#fireDue();
    }
  }

  #fireDue(): void {
    const now = Date.now();
    const due = [...this.#pending].filter(([, at]) => at <= now).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    for (const [number] of due) {
      this.#pending.delete(number);
      this.#fire(number);
    }
    this.#changes++;
  }
}
