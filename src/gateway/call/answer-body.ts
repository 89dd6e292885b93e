/** What comes of a provider's answer behind its head, for one reader. An iterator, or a stream, costs as much for each piece as all else that is done with it. */
export class AnswerBody {
  readonly #abort: (reason: Error) => void;
  #early: Buffer[] = [];
  #take: ((piece: Buffer) => void) | null = null;
  #settle: ((error: Error | null) => void) | null = null;
  /** Undefined: more comes; null: that was all. */
  #end: Error | null | undefined;

  /** `abort`: ends the connection. */
  constructor(abort: (reason: Error) => void) {
    this.#abort = abort;
  }

  /** A piece came. */
  push(piece: Buffer): void {
    if (this.#end !== undefined) return;
    if (!this.#take) return void this.#early.push(piece);
    try {
      this.#take(piece);
    } catch (error) {
      this.end(error as Error);
      this.#abort(error as Error);
    }
  }

  /** That was all; or, with an error, it broke off. */
  end(error: Error | null): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#settle?.(error);
  }

  /** Ends it here. */
  destroy(): void {
    const reason = new Error('it broke off');
    this.end(reason);
    this.#abort(reason);
  }

  /** Hands every piece over as it comes, once. @throws what it broke off with, and what `take` throws, which ends it */
  each(take: (piece: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => (error ? reject(error) : resolve());
      const early = this.#early;
      const end = this.#end;
      this.#early = [];
      this.#take = take;
      this.#end = undefined;
      for (const piece of early) this.push(piece);
      if (end !== undefined) this.end(end);
    });
  }
}
