/** Tells whether all tasks of a list have ended, without looking at all of them each time. */
export class EndedList {
  readonly #ids: readonly string[];
  readonly #hasEnded: (taskId: string) => boolean;
  /** All before it had ended when they were looked at. */
  #next = 0;

  constructor(ids: readonly string[], hasEnded: (taskId: string) => boolean) {
    this.#ids = ids;
    this.#hasEnded = hasEnded;
  }

  get size(): number {
    return this.#ids.length;
  }

  get haveAllEnded(): boolean {
    this.#advance();
    if (this.#next < this.#ids.length) return false;
    // Some of them may be done anew meanwhile.
    this.#next = 0;
    this.#advance();
    return this.#next === this.#ids.length;
  }

  #advance(): void {
    while (this.#next < this.#ids.length && this.#hasEnded(this.#ids[this.#next]!)) this.#next++;
  }
}
