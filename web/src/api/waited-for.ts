/**
 * Who has waited for so long, in ms, wonders whether anybody is there.
 *
 * @internal
 */
export const slowMs = 8000;

/** Which questions are not answered yet, for a word about those that take long. */
export class WaitedFor {
  readonly #listeners = new Set<() => void>();
  /** How many of those under way take long. */
  #slow = 0;

  /** Whether something takes long right now. */
  readonly isSlow = (): boolean => this.#slow > 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Watches a question until it is answered, refused or given up. */
  async watch<Answer>(question: Promise<Answer>): Promise<Answer> {
    let isCounted = false;
    const timer = setTimeout(() => {
      isCounted = true;
      this.#count(1);
    }, slowMs);
    try {
      return await question;
    } finally {
      clearTimeout(timer);
      if (isCounted) this.#count(-1);
    }
  }

  #count(by: 1 | -1): void {
    const before = this.isSlow();
    this.#slow += by;
    if (before !== this.isSlow()) for (const listener of this.#listeners) listener();
  }
}
