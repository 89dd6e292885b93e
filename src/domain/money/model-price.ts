import type { ModelPrice, TokenRates } from '../model-facts.ts';
import type { NanoUsd } from './money.ts';
import type { ToldUsage, Usage } from './usage.ts';

/** Rates of a call that sends so many tokens, cached ones included. */
export function ratesOf(price: ModelPrice, sentTokens: number): TokenRates {
  return price.long && sentTokens > price.long.above ? price.long : price;
}

/** What a search of the web costs that a provider makes by itself: ten dollars a thousand, at both of them (2026-11-29). */
export const searchNano: NanoUsd = 10_000_000;

/** Usage as far as its price depends on it. */
export type PricedUsage = Usage & Pick<ToldUsage, 'cacheHourTokens'>;

/** What a usage of one call costs, in whole nano-USD, rounded up. */
export function costOf(price: ModelPrice, usage: PricedUsage): NanoUsd {
  const rates = ratesOf(price, usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens);
  const forHour = Math.min(usage.cacheHourTokens ?? 0, usage.cacheWriteTokens);
  return Math.ceil(
    usage.inputTokens * rates.input +
      usage.outputTokens * rates.output +
      usage.cacheReadTokens * rates.cacheRead +
      (usage.cacheWriteTokens - forHour) * rates.cacheWrite +
      forHour * cacheHourRate(rates),
  );
}

// What a cache keeps for an hour costs twice what is sent (2026-11-29), where what it keeps for minutes is dearer than that at all.
function cacheHourRate({ input, cacheWrite }: TokenRates): number {
  return cacheWrite > input ? Math.max(cacheWrite, 2 * input) : cacheWrite;
}

/** The most that a call with so many tokens can cost: all it sends at the dearest rate. `cachesForHour`: it asks for that; default: no. */
export function mostOf(
  price: ModelPrice,
  sentTokens: number,
  { answerTokens, cachesForHour = false }: { answerTokens: number; cachesForHour?: boolean },
): NanoUsd {
  const rates = ratesOf(price, sentTokens);
  const write = cachesForHour ? cacheHourRate(rates) : rates.cacheWrite;
  return Math.ceil(sentTokens * Math.max(rates.input, write) + answerTokens * rates.output);
}
