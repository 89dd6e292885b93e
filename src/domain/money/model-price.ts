import type { ModelPrice, TokenRates } from '../model-facts.ts';
import type { NanoUsd } from './money.ts';
import type { Usage } from './usage.ts';

/** Rates of a call that sends so many tokens, cached ones included. */
export function ratesOf(price: ModelPrice, sentTokens: number): TokenRates {
  return price.long && sentTokens > price.long.above ? price.long : price;
}

/** What a search of the web costs that a provider makes by itself: ten dollars a thousand, at both of them (2026-11-29). */
export const searchNano: NanoUsd = 10_000_000;

/** What a usage of one call costs, in whole nano-USD, rounded up. */
export function costOf(price: ModelPrice, usage: Usage): NanoUsd {
  const rates = ratesOf(price, usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens);
  return Math.ceil(
    usage.inputTokens * rates.input +
      usage.outputTokens * rates.output +
      usage.cacheReadTokens * rates.cacheRead +
      usage.cacheWriteTokens * rates.cacheWrite,
  );
}

/** The most that a call with so many tokens can cost: all it sends at the dearest rate. */
export function mostOf(price: ModelPrice, sentTokens: number, answerTokens: number): NanoUsd {
  const { input, cacheWrite, output } = ratesOf(price, sentTokens);
  return Math.ceil(sentTokens * Math.max(input, cacheWrite) + answerTokens * output);
}
