/** Tokens of one or more model calls, as the provider reports them. `inputTokens` leaves out what was read from or written to the cache. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/** A side of a call's bill: what was sent, caches included, and what was answered. */
export type UsageSide = 'input' | 'output';

/** Usage as far as a provider told it. */
export interface ToldUsage extends Usage {
  /** Searches of the web that the provider made by itself; left out: none. */
  searches?: number;
  /** Those of `cacheWriteTokens` that the cache keeps for an hour, which is dearer; left out: none. */
  cacheHourTokens?: number;
  /** Of an answer that came whole and whose tokens nobody told: how many what came of it takes, estimated; left out: nothing was looked at. */
  came?: number;
  /** Sides of which it said nothing, or not all of it: their numbers are the least that it can have been. */
  unknown?: readonly UsageSide[];
}

/** No tokens at all. */
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

/** Sum of two usages. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  };
}

/** All tokens of a usage, cached ones included: the number that token limits count. */
export function totalTokens(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}
