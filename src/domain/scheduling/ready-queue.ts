/** Something with a place in an order that never changes while it is queued. */
export type Before<Item> = (a: Item, b: Item) => boolean;

/** A binary heap that can take out any item, and be read in order without being changed. */
export class ReadyQueue<Item> {
  readonly #items: Item[] = [];
  readonly #places = new Map<Item, number>();
  readonly #before: Before<Item>;

  constructor(before: Before<Item>) {
    this.#before = before;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  has(item: Item): boolean {
    return this.#places.has(item);
  }

  add(item: Item): void {
    if (this.has(item)) return;
    this.#put(item, this.#items.length);
    this.#rise(this.#items.length - 1);
  }

  remove(item: Item): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#put(last, place);
    this.#rise(place);
    this.#sink(place);
  }

  /** The items, best first. Reading k of them takes about k log k steps. The queue must not change meanwhile. */
  *inOrder(): Generator<Item> {
    const edge = new ReadyQueue<number>((a, b) => this.#before(this.#items[a]!, this.#items[b]!));
    if (this.#items.length > 0) edge.add(0);
    for (let place = edge.first; place !== undefined; place = edge.first) {
      yield this.#items[place]!;
      edge.remove(place);
      for (const child of [2 * place + 1, 2 * place + 2]) if (child < this.#items.length) edge.add(child);
    }
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }

  #rise(from: number): void {
    for (let place = from; place > 0;) {
      const parent = (place - 1) >> 1;
      if (!this.#before(this.#items[place]!, this.#items[parent]!)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    for (let place = from; ;) {
      let best = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#items.length && this.#before(this.#items[child]!, this.#items[best]!)) best = child;
      }
      if (best === place) return;
      this.#swap(place, best);
      place = best;
    }
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!;
    this.#put(this.#items[b]!, a);
    this.#put(item, b);
  }
}
