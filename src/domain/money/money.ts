/**
 * An amount of money in whole billionths of a US dollar.
 *
 * Integers, so that a ledger adds up exactly: a token at 0.30 USD per million is 300 of these.
 */
export type NanoUsd = number;

const nanosPerUsd = 1_000_000_000;

/** USD as a decimal number → whole nano-USD (rounded to the nearest). */
export function toNanoUsd(usd: number): NanoUsd {
  return Math.round(usd * nanosPerUsd);
}

/** Whole nano-USD → USD as a decimal number, for people and JSON. */
export function toUsd(nanos: NanoUsd): number {
  return nanos / nanosPerUsd;
}

/** Sum of amounts in USD, as exact as the ledger's: adding decimal numbers would not be. */
export function addUsd(...amounts: number[]): number {
  return toUsd(amounts.reduce((sum, usd) => sum + toNanoUsd(usd), 0));
}
