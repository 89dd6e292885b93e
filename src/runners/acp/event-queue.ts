/** So many events wait before whoever tells them is held back. */
const mostWaiting = 1000;

/** What is told now and read later, in order; whoever reads waits for the next one. */
export class EventQueue<Event> {
  readonly #waiting: Event[] = [];
  #isClosed = false;
  #error: unknown;
  #wake: () => void = () => undefined;
  #hasRoom: () => void = () => undefined;

  push(...events: readonly Event[]): void {
    if (!this.#isClosed) this.#waiting.push(...events);
    this.#wake();
  }

  /** Takes no more; what was told before can still be read. Then reading throws the error, where there is one. */
  close(error?: unknown): void {
    if (!this.#isClosed) this.#error = error;
    this.#isClosed = true;
    this.#wake();
    this.#hasRoom();
  }

  /** Resolves when not too much waits to be read, or nothing is taken any more. One may wait for it at a time. */
  async room(): Promise<void> {
    if (this.#waiting.length >= mostWaiting && !this.#isClosed)
      await new Promise<void>((resolve) => (this.#hasRoom = resolve));
  }

  /** Who leaves early takes no more. */
  async *read(): AsyncGenerator<Event> {
    try {
      for (;;) {
        while (this.#waiting.length > 0) {
          yield this.#waiting.shift()!;
          if (this.#waiting.length < mostWaiting) this.#hasRoom();
        }
        if (this.#isClosed) {
          if (this.#error !== undefined) throw this.#error;
          return;
        }
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.close();
    }
  }
}
