/** What is told now and read later, in order; whoever reads waits for the next one. */
export class EventQueue<Event> {
  readonly #waiting: Event[] = [];
  #isClosed = false;
  #error: unknown;
  #wake: () => void = () => undefined;

  push(...events: readonly Event[]): void {
    if (!this.#isClosed) this.#waiting.push(...events);
    this.#wake();
  }

  /** Takes no more; what was told before can still be read. Then reading throws the error, where there is one. */
  close(error?: unknown): void {
    if (!this.#isClosed) this.#error = error;
    this.#isClosed = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<Event> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      if (this.#isClosed) {
        if (this.#error !== undefined) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
