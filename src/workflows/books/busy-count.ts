/** Counts steps that must come to their end before the run may go on as new: their results would be lost. */
export class BusyCount {
  #count = 0;

  get isIdle(): boolean {
    return this.#count === 0;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#count++;
    try {
      return await work();
    } finally {
      this.#count--;
    }
  }
}
