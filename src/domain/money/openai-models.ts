import type { ModelFacts, ModelPrice, TokenRates } from '../model-facts.ts';

// Prices and limits are those of 2026-11-29, from the table that comes with LiteLLM 1.108.7; the vendor's own list could not be opened.
// Reads from the cache cost what the list says, and as much as input where it says nothing; writes cost what input does, or 1.25 times as
// much where the list has a price for them. Windows are what question and answer may have together.

function rates(inputUsd: number, outputUsd: number, cacheReadUsd = inputUsd, cacheWriteUsd = inputUsd): TokenRates {
  const nano = (usd: number): number => Math.round(usd * 1000);
  return {
    input: nano(inputUsd),
    output: nano(outputUsd),
    cacheRead: nano(cacheReadUsd),
    cacheWrite: nano(cacheWriteUsd),
  };
}

/** Prompts of more tokens cost twice as much, and their answers half as much again. */
const longAbove = 272_000;

function longer(inputUsd: number, outputUsd: number, cacheReadUsd?: number, cacheWriteUsd?: number): ModelPrice {
  const [read, write] = [cacheReadUsd, cacheWriteUsd].map((usd) => (usd === undefined ? undefined : usd * 2));
  return {
    ...rates(inputUsd, outputUsd, cacheReadUsd, cacheWriteUsd),
    long: { above: longAbove, ...rates(inputUsd * 2, outputUsd * 1.5, read, write) },
  };
}

function facts(price: ModelPrice, window: number, maxOutput: number): ModelFacts {
  return { price, window, maxOutput };
}

const gpt4o = (price: TokenRates): ModelFacts => facts(price, 128_000, 16_384);
const gpt41 = (price: TokenRates): ModelFacts => facts(price, 1_047_576, 32_768);
const thinking = (price: TokenRates): ModelFacts => facts(price, 200_000, 100_000);
const gpt5 = (price: ModelPrice): ModelFacts => facts(price, 400_000, 128_000);
const large = (price: ModelPrice): ModelFacts => facts(price, 1_050_000, 128_000);

/** OpenAI's models by their ids; what is dated costs what it does without its date, but for those that are here with it. */
export const openaiModels: Readonly<Record<string, ModelFacts>> = {
  'gpt-3.5-turbo': facts(rates(0.5, 1.5), 16_385, 4096),
  'gpt-4': facts(rates(30, 60), 8192, 4096),
  'gpt-4-turbo': facts(rates(10, 30), 128_000, 4096),
  'gpt-4-1106-preview': facts(rates(10, 30), 128_000, 4096),
  'gpt-4o': gpt4o(rates(2.5, 10, 1.25)),
  'gpt-4o-2024-05-13': facts(rates(5, 15), 128_000, 4096),
  'gpt-4o-mini': gpt4o(rates(0.15, 0.6, 0.075)),
  'gpt-4.1': gpt41(rates(2, 8, 0.5)),
  'gpt-4.1-mini': gpt41(rates(0.4, 1.6, 0.1)),
  'gpt-4.1-nano': gpt41(rates(0.1, 0.4, 0.025)),
  o1: thinking(rates(15, 60, 7.5)),
  'o1-pro': thinking(rates(150, 600)),
  o3: thinking(rates(2, 8, 0.5)),
  'o3-mini': thinking(rates(1.1, 4.4, 0.55)),
  'o3-pro': thinking(rates(20, 80)),
  'o4-mini': thinking(rates(1.1, 4.4, 0.275)),
  'gpt-5': gpt5(rates(1.25, 10, 0.125)),
  'gpt-5-mini': gpt5(rates(0.25, 2, 0.025)),
  'gpt-5-nano': gpt5(rates(0.05, 0.4, 0.005)),
  'gpt-5-codex': gpt5(rates(1.25, 10, 0.125)),
  'gpt-5-pro': facts(rates(15, 120), 400_000, 272_000),
  'gpt-5-chat-latest': gpt4o(rates(1.25, 10, 0.125)),
  'gpt-5.1': gpt5(rates(1.25, 10, 0.125)),
  'gpt-5.1-codex': gpt5(rates(1.25, 10, 0.125)),
  'gpt-5.1-codex-max': gpt5(rates(1.25, 10, 0.125)),
  'gpt-5.1-codex-mini': gpt5(rates(0.25, 2, 0.025)),
  'gpt-5.1-chat-latest': gpt4o(rates(1.25, 10, 0.125)),
  'gpt-5.2': gpt5(rates(1.75, 14, 0.175)),
  'gpt-5.2-codex': gpt5(rates(1.75, 14, 0.175)),
  'gpt-5.2-pro': gpt5(rates(21, 168)),
  'gpt-5.2-chat-latest': gpt4o(rates(1.75, 14, 0.175)),
  'gpt-5.3-codex': gpt5(rates(1.75, 14, 0.175)),
  'gpt-5.3-chat-latest': gpt4o(rates(1.75, 14, 0.175)),
  'gpt-5.4': large(longer(2.5, 15, 0.25)),
  'gpt-5.4-mini': gpt5(rates(0.75, 4.5, 0.075)),
  'gpt-5.4-nano': gpt5(rates(0.2, 1.25, 0.02)),
  'gpt-5.4-pro': large(longer(30, 180)),
  'gpt-5.5': large(longer(5, 30, 0.5)),
  'gpt-5.5-pro': large(longer(30, 180)),
  'gpt-5.6': large(longer(4, 20, 0.4, 5)),
  'gpt-5.6-sol': large(longer(4, 20, 0.4, 5)),
  'gpt-5.6-terra': large(longer(2, 12, 0.2, 2.5)),
  'gpt-5.6-luna': large(longer(0.2, 1.2, 0.02, 0.25)),
  'gpt-6-astra': large(longer(10, 50, 1, 12.5)),
  'gpt-6-sol': large(longer(2, 10, 0.2, 2.5)),
  'gpt-6-luna': large(longer(0.1, 0.5, 0.01, 0.125)),
  'gpt-6.1-sol': large(longer(2, 10, 0.1, 2.5)),
};
