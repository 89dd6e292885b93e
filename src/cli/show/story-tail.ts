import { plural } from '../../domain/format.ts';

/** How much is shown of what was told before. */
export interface Tail {
  /** Lines. */
  lines: number;
  /** Number of the last event that was there when somebody began to look. */
  until: number;
}

/** Holds back the lines of a story that was told before, but for the last ones. */
export class StoryTail {
  readonly #tail: Tail | null;
  #held: string[] = [];
  #left = 0;
  #isHolding: boolean;

  constructor(tail: Tail | null) {
    this.#tail = tail;
    this.#isHolding = tail !== null && tail.until > 0;
  }

  /** Whether what was told before is still on its way. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Takes the lines of the next event. @returns those to be shown now */
  take({ seq }: { seq: number }, lines: readonly string[]): string[] {
    if (!this.#isHolding || !this.#tail) return [...lines];
    if (seq > this.#tail.until) return [...this.#end(), ...lines];
    this.#held.push(...lines);
    const over = Math.max(0, this.#held.length - this.#tail.lines);
    this.#left += over;
    this.#held.splice(0, over);
    return seq === this.#tail.until ? this.#end() : [];
  }

  #end(): string[] {
    this.#isHolding = false;
    const note = this.#left > 0 ? [`… ${plural(this.#left, 'earlier line')}`] : [];
    return [...note, ...this.#held];
  }
}
