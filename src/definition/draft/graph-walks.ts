/** Who can be reached from whom along edges that may still grow. Marks in one array instead of sets: thousands of walks over thousands of nodes happen. */
export class Walks {
  readonly #edges: readonly (readonly number[])[];
  /** The number of the last walk that came past each node. */
  readonly #passed: Int32Array;
  #walks = 0;
  #walkedFrom = -1;

  /** @param edges for each node those that it leads to */
  constructor(edges: readonly (readonly number[])[]) {
    this.#edges = edges;
    this.#passed = new Int32Array(edges.length);
  }

  /** Edges were added: what was found out counts no more. */
  forget(): void {
    this.#walkedFrom = -1;
  }

  /** Whether a way of at least one edge leads from `start` to `goal`. Quick when asked for the same `start` several times. */
  isReached(start: number, goal: number): boolean {
    if (this.#walkedFrom !== start) this.#walk(start);
    return this.#passed[goal] === this.#walks;
  }

  #walk(start: number): void {
    this.#walks++;
    this.#walkedFrom = start;
    const waiting = [start];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (const next of this.#edges[node]!) {
        if (this.#passed[next] === this.#walks) continue;
        this.#passed[next] = this.#walks;
        waiting.push(next);
      }
    }
  }
}
