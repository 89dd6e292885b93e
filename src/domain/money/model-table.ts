import type { NanoUsd } from './money.ts';
import type { Usage } from './usage.ts';

// Prices, ids and aliases are those of 2026-11-01, from the vendor's published price list.
// Cached reads cost a tenth of input, five-minute cache writes 1.25 times input.

/** Price of a model in nano-USD per token (1,000 of them = 1 USD per million tokens). */
export interface ModelPrice {
  input: NanoUsd;
  output: NanoUsd;
  cacheRead: NanoUsd;
  cacheWrite: NanoUsd;
}

function perMillion(inputUsd: number, outputUsd: number): ModelPrice {
  const input = inputUsd * 1000;
  return { input, output: outputUsd * 1000, cacheRead: input / 10, cacheWrite: (input * 5) / 4 };
}

const prices: Record<string, ModelPrice> = {
  'claude-opus-4-7': perMillion(5, 25),
  'claude-opus-4-6': perMillion(5, 25),
  'claude-opus-4-5': perMillion(5, 25),
  'claude-opus-4-1': perMillion(15, 75),
  'claude-sonnet-4-6': perMillion(3, 15),
  'claude-sonnet-4-5': perMillion(3, 15),
  'claude-sonnet-4-0': perMillion(3, 15),
  'claude-haiku-4-5': perMillion(1, 5),
};

const aliases: Record<string, string> = {
  opus: 'claude-opus-4-7',
  sonnet: 'claude-sonnet-4-6',
  haiku: 'claude-haiku-4-5',
  'claude-opus': 'claude-opus-4-7',
  'claude-opus-4': 'claude-opus-4-7',
  'claude-sonnet': 'claude-sonnet-4-6',
  'claude-sonnet-4': 'claude-sonnet-4-6',
  'claude-haiku': 'claude-haiku-4-5',
  'claude-haiku-4': 'claude-haiku-4-5',
};

/** Ids and aliases that {@link resolveModel} knows, for messages that name the nearest one. */
export const knownModelNames: readonly string[] = [...Object.keys(prices), ...Object.keys(aliases)];

/** Full id of a model or alias (a dated id such as `claude-haiku-4-5-20251001` included); undefined when unknown. */
export function resolveModel(name: string): string | undefined {
  const id = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  return Object.hasOwn(prices, id.replace(/-\d{8}$/, '')) ? id : undefined;
}

/** Price of a full model id; undefined when it has none in the table. */
export function priceOf(model: string): ModelPrice | undefined {
  const id = model.replace(/-\d{8}$/, '');
  return Object.hasOwn(prices, id) ? prices[id] : undefined;
}

/** What a usage costs, in whole nano-USD, rounded up. */
export function costOf(price: ModelPrice, usage: Usage): NanoUsd {
  return Math.ceil(
    usage.inputTokens * price.input +
      usage.outputTokens * price.output +
      usage.cacheReadTokens * price.cacheRead +
      usage.cacheWriteTokens * price.cacheWrite,
  );
}
