/** What is told now and read later, in order; whoever reads waits for the next one. */
export class EventQueue<Event> {
  readonly #waiting: Event[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  push(...events: readonly Event[]): void {
    if (!this.#isClosed) this.#waiting.push(...events);
    this.#wake();
  }

  /** Takes no more; what was told before can still be read. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<Event> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
