import type { ModelPrice } from '../domain/model-facts.ts';
import { costOf, type PricedUsage, searchNano } from '../domain/money/model-price.ts';
import type { NanoUsd } from '../domain/money/money.ts';
import type { ToldUsage, Usage, UsageSide } from '../domain/money/usage.ts';
import { noUsage, totalTokens } from '../domain/money/usage.ts';

/** What one call is billed with. Ledger, conversation, result and events all have it from here. */
export interface Bill {
  usage: Usage;
  cost: NanoUsd;
  tokens: number;
  /** Searches of the web that the provider made by itself, paid one by one. */
  searches?: number;
  /** Those of the tokens written to a cache that it keeps for an hour; left out: none. */
  cacheHourTokens?: number;
  /** Sides of it that the provider did not tell, and that are billed as they were reserved, or came; left out: none. */
  estimated?: readonly UsageSide[];
  /** Nobody said what its model costs: `cost` is 0, and it was not free. */
  isUncounted?: true;
}

/** What is known of a call before it is made. */
export interface Expected {
  /** Null: nobody said it. */
  price: ModelPrice | null;
  /** The most that it was expected to use: with `maxTokens` of it for the answer. */
  reserved: { tokens: number };
  request: { maxTokens: number; cachesForHour?: boolean };
}

/** The bill of a call: what the provider told and, where it did not tell all that can be, what came, as far as that was looked at, or what was reserved for that, if that is more. */
export function billOf(
  { unknown = [], searches = 0, came, ...told }: ToldUsage,
  { price, reserved, request }: Expected,
): Bill {
  let usage: PricedUsage = { ...told };
  if (unknown.includes('output')) usage.outputTokens = Math.max(usage.outputTokens, came ?? request.maxTokens);
  if (unknown.includes('input')) {
    // At the price at which it was reserved.
    const kind = price && price.cacheWrite > price.input ? 'cacheWriteTokens' : 'inputTokens';
    const sent = Math.max(0, reserved.tokens - request.maxTokens);
    const asReserved = {
      ...{ ...noUsage, outputTokens: usage.outputTokens, [kind]: sent },
      ...(request.cachesForHour && kind === 'cacheWriteTokens' && { cacheHourTokens: sent }),
    };
    if (isMore(asReserved, usage, price)) usage = asReserved;
  }
  const cost = price ? costOf(price, usage) + searches * searchNano : 0;
  const { cacheHourTokens, ...billed } = usage;
  const bill: Bill = { usage: billed, cost, tokens: totalTokens(usage) };
  if (searches > 0) bill.searches = searches;
  if (cacheHourTokens) bill.cacheHourTokens = cacheHourTokens;
  if (unknown.length > 0) bill.estimated = unknown;
  if (!price) bill.isUncounted = true;
  return bill;
}

function isMore(a: PricedUsage, b: PricedUsage, price: ModelPrice | null): boolean {
  return price ? costOf(price, a) >= costOf(price, b) : totalTokens(a) >= totalTokens(b);
}

/** A bill's usage as the conversation keeps it: which sides are estimated, and whether its cost is known, stands with it. */
export function toKeptUsage({ usage, searches, cacheHourTokens, estimated, isUncounted }: Bill): {
  [key: string]: number | string[] | boolean;
} {
  return {
    ...usage,
    ...(searches && { searches }),
    ...(cacheHourTokens && { cacheHourTokens }),
    ...(estimated && { estimated: [...estimated] }),
    ...(isUncounted && { uncounted: true }),
  };
}
