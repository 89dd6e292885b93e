/** Prices of tokens in nano-USD each (1,000 of them = 1 USD per million tokens). */
export interface TokenRates {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** What the tokens of a model cost. */
export interface ModelPrice extends TokenRates {
  /** Rates of a call that sends more tokens than `above`, cached ones included: they hold for all of its tokens. */
  long?: TokenRates & { above: number };
}

/** What is known of a model. Null: nobody said, so it cannot be counted in dollars, or is not held to. */
export interface ModelFacts {
  price: ModelPrice | null;
  /** What question and answer may have together, in tokens. */
  window: number | null;
  /** The longest answer, in tokens. */
  maxOutput: number | null;
}
