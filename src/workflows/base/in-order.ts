import { patched } from '@temporalio/workflow';

/** Tells another workflow one thing after the other: what is sent at once, Temporal delivers in any order. */
export class InOrder {
  #underWay = 0;
  /** Once all that was told so far has arrived, or cannot any more. */
  #over: Promise<unknown> = Promise.resolve();

  /** Begins to `tell` once all before it is over. @throws what `tell` throws */
  next(tell: () => Promise<void>): Promise<void> {
    const told = this.#underWay > 0 && isPatched() ? this.#over.then(tell) : tell();
    this.#underWay++;
    const over = told.catch(() => undefined).then(() => void this.#underWay--);
    this.#over = Promise.all([this.#over, over]);
    return told;
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    for (;;) {
      const over = this.#over;
      await over;
      if (over === this.#over || !isPatched()) return;
    }
  }
}

// What went out at once, goes out at once when it is replayed. Asked only where something is under way, so that others have no event more.
function isPatched(): boolean {
  return patched('tells-in-order');
}
