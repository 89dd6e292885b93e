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

/** Provider of the agents that name none, as in all plans of before there were several. */
export const defaultProvider = 'anthropic';

/** Full ids with their prices, by the provider that a model comes from when nobody names another. */
const table: Readonly<Record<string, Readonly<Record<string, ModelPrice>>>> = {
  [defaultProvider]: {
    'claude-opus-4-7': perMillion(5, 25),
    'claude-opus-4-6': perMillion(5, 25),
    'claude-opus-4-5': perMillion(5, 25),
    'claude-opus-4-1': perMillion(15, 75),
    'claude-sonnet-4-6': perMillion(3, 15),
    'claude-sonnet-4-5': perMillion(3, 15),
    'claude-sonnet-4-0': perMillion(3, 15),
    'claude-haiku-4-5': perMillion(1, 5),
  },
};

const models = new Map(
  Object.entries(table).flatMap(([provider, prices]) =>
    Object.entries(prices).map(([id, price]) => [id, { provider, price }] as const),
  ),
);

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

/** Providers that the table has models of. */
export const providerNames: readonly string[] = Object.keys(table);

/** Ids and aliases that {@link resolveModel} knows, for messages that name the nearest one. */
export const knownModelNames: readonly string[] = [...models.keys(), ...Object.keys(aliases)];

/** A model as an agent holds it: `provider` is left out when it is {@link defaultProvider}, so that older plans keep their hash. */
export interface ModelChoice {
  model: string;
  provider?: string;
}

/**
 * The model behind an id or alias (a dated id such as `claude-haiku-4-5-20251001` included), or behind `provider/model`, which asks
 * another provider for it than the table's own; undefined when unknown. Whether there is such a provider is not said by that.
 */
export function resolveModel(name: string): ModelChoice | undefined {
  const whole = findModel(name);
  if (whole) return toChoice(whole.provider, whole.id);
  const { provider, model } = splitModelName(name);
  const found = provider === null ? undefined : findModel(model);
  return found && toChoice(provider!, found.id);
}

/** `provider/model` in its two parts; a name without a provider is all model. */
export function splitModelName(name: string): { provider: string | null; model: string } {
  const [, provider, model] = /^([a-z][a-z0-9-]{0,39})\/(.+)$/.exec(name) ?? [];
  return provider === undefined ? { provider: null, model: name } : { provider, model: model! };
}

/** Who answers an agent. */
export function providerOf({ provider }: Pick<ModelChoice, 'provider'>): string {
  return provider ?? defaultProvider;
}

/** An agent's model in one word, as {@link resolveModel} takes it. */
export function modelNameOf({ provider, model }: ModelChoice): string {
  return provider === undefined ? model : `${provider}/${model}`;
}

/** Price of a full model id; undefined when it has none in the table. */
export function priceOf(model: string): ModelPrice | undefined {
  return models.get(withoutDate(model))?.price;
}

function findModel(name: string): { id: string; provider: string } | undefined {
  const id = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  const found = models.get(withoutDate(id));
  return found && { id, provider: found.provider };
}

function toChoice(provider: string, model: string): ModelChoice {
  return provider === defaultProvider ? { model } : { model, provider };
}

function withoutDate(id: string): string {
  return id.replace(/-\d{8}$/, '');
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
