/** An expression that cannot be read or has no value; `offset` counts characters from the beginning of its source. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** It asked for more work than is allowed. Never caught by `||`, `&&` or `exists`, as other errors are. */
export class ExpressionTooCostlyError extends ExpressionError {}

/** Most work of one evaluation: a node evaluated, an element made, or a hundred characters are one. Less than half a second. */
const maxWork = 1_000_000;
/** Longest text that an expression may make, in characters. */
export const maxTextLength = 8 * 1024 * 1024;

/** Counts the work of one evaluation, so that no source, however hostile, runs for long or fills the memory. */
export class Work {
  /** Lists and maps that the expression made: their numbers are what they are, while those of the scope come from JSON. */
  readonly made = new WeakSet<object>();
  #left = maxWork;

  /** @throws ExpressionTooCostlyError when nothing is left */
  spend(units: number, offset: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new ExpressionTooCostlyError('the expression takes too much work', offset);
  }

  /** For looking through, or making, a text of that length. */
  spendText(length: number, offset: number): void {
    if (length > maxTextLength) {
      throw new ExpressionTooCostlyError(`a text would be longer than ${maxTextLength} characters`, offset);
    }
    this.spend(1 + Math.ceil(length / 100), offset);
  }

  /** How many elements may still be made. */
  get left(): number {
    return Math.max(0, this.#left);
  }
}
