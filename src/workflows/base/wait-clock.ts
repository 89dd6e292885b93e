/** Adds up the time in which at least one wait was open. Times in ms. */
export class WaitClock {
  #open = 0;
  #since = 0;
  #total: number;

  /** @param totalMs what was added up before */
  constructor(totalMs = 0) {
    this.#total = totalMs;
  }

  /** How long it has been so far, an open wait included. */
  get waitedMs(): number {
    return this.#total + (this.#open > 0 ? Date.now() - this.#since : 0);
  }

  /** Counts the time of some work, however it ends. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.start();
    try {
      return await work();
    } finally {
      this.stop();
    }
  }

  /** Counts a wait that was over before. */
  add(ms: number): void {
    this.#total += ms;
  }

  start(): void {
    if (this.#open++ === 0) this.#since = Date.now();
  }

  stop(): void {
    if (--this.#open === 0) this.#total += Date.now() - this.#since;
  }
}
