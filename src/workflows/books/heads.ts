/** Where the conversations of a run stand: the id of the last message of each; null: at its beginning. */
export class Heads {
  readonly #heads = new Map<string, string | null>();

  /** Where a conversation stands; null: at its beginning. */
  of(context: string): string | null {
    return this.#heads.get(context) ?? null;
  }

  /** Sets a conversation back, or on. */
  set(context: string, head: string | null): void {
    this.#heads.set(context, head);
  }

  /** Those that have begun. */
  begun(): [context: string, head: string][] {
    return [...this.#heads].flatMap(([context, head]) => (head === null ? [] : [[context, head]]));
  }
}
