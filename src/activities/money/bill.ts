import type { ModelPrice } from '../../domain/money/model-table.ts';
import { costOf } from '../../domain/money/model-table.ts';
import type { NanoUsd } from '../../domain/money/money.ts';
import type { ToldUsage, Usage, UsageSide } from '../../domain/money/usage.ts';
import { noUsage, totalTokens } from '../../domain/money/usage.ts';

/** What one call is billed with. Ledger, conversation, result and events all have it from here. */
export interface Bill {
  usage: Usage;
  cost: NanoUsd;
  tokens: number;
  /** Sides of it that the provider did not tell, and that are billed as they were reserved; left out: none. */
  estimated?: readonly UsageSide[];
}

/** What is known of a call before it is made. */
export interface Expected {
  price: ModelPrice;
  /** The most that it was expected to use: with `maxTokens` of it for the answer. */
  reserved: { tokens: number };
  request: { maxTokens: number };
}

/** The bill of a call: what the provider told and, where it did not tell all that can be, what was reserved for that, if that is more. */
export function billOf({ unknown = [], ...told }: ToldUsage, { price, reserved, request }: Expected): Bill {
  let usage: Usage = { ...told };
  if (unknown.includes('output')) usage.outputTokens = Math.max(usage.outputTokens, request.maxTokens);
  if (unknown.includes('input')) {
    // At the price at which it was reserved.
    const kind = price.cacheWrite > price.input ? 'cacheWriteTokens' : 'inputTokens';
    const asReserved = {
      ...noUsage,
      outputTokens: usage.outputTokens,
      [kind]: Math.max(0, reserved.tokens - request.maxTokens),
    };
    if (costOf(price, asReserved) >= costOf(price, usage)) usage = asReserved;
  }
  const cost = costOf(price, usage);
  return { usage, cost, tokens: totalTokens(usage), ...(unknown.length > 0 && { estimated: unknown }) };
}

/** A bill's usage as the conversation keeps it: which sides are estimated stands with it. */
export function toKeptUsage({ usage, estimated }: Bill): { [key: string]: number | string[] } {
  return { ...usage, ...(estimated && { estimated: [...estimated] }) };
}
