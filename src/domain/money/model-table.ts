import type { ModelFacts, ModelPrice } from '../model-facts.ts';
import { openaiModels } from './openai-models.ts';

// Prices, ids and aliases are those of 2026-11-01, from the vendor's published price list.
// Cached reads cost a tenth of input where the list says nothing else, five-minute cache writes 1.25 times input; those of an hour: model-price.ts.

function perMillion(inputUsd: number, outputUsd: number, cacheReadUsd = inputUsd / 10): ModelPrice {
  const input = inputUsd * 1000;
  return { input, output: outputUsd * 1000, cacheRead: Math.round(cacheReadUsd * 1000), cacheWrite: (input * 5) / 4 };
}

function facts(price: ModelPrice, window: number, maxOutput: number): ModelFacts {
  return { price, window, maxOutput };
}

const [large, medium] = [1_000_000, 200_000];

/** Provider of the agents that name none, as in all plans of before there were several. */
export const defaultProvider = 'anthropic';

/** What is known of full ids, by the provider that a model comes from when nobody names another. */
const table: Readonly<Record<string, Readonly<Record<string, ModelFacts>>>> = {
  [defaultProvider]: {
    'claude-opus-4-7': facts(perMillion(5, 25), large, 128_000),
    'claude-sonnet-4-6': facts(perMillion(3, 15), large, 64_000),
    'claude-haiku-4-5': facts(perMillion(1, 5), medium, 64_000),
    'claude-fable-5-1': facts(perMillion(10, 50, 0.25), large, 128_000),
    'claude-fable-5': facts(perMillion(10, 50), large, 128_000),
    'claude-mythos-5-1': facts(perMillion(10, 50, 0.25), large, 128_000),
    'claude-mythos-5': facts(perMillion(10, 50), large, 128_000),
    'claude-opus-5-5': facts(perMillion(4, 20, 0.2), large, 128_000),
    'claude-opus-5': facts(perMillion(5, 25), large, 128_000),
    'claude-opus-4-8': facts(perMillion(5, 25), large, 128_000),
    'claude-opus-4-6': facts(perMillion(5, 25), large, 128_000),
    'claude-opus-4-5': facts(perMillion(5, 25), medium, 64_000),
    'claude-opus-4-1': facts(perMillion(15, 75), medium, 32_000),
    'claude-opus-4-0': facts(perMillion(15, 75), medium, 32_000),
    'claude-sonnet-5-5': facts(perMillion(2, 10, 0.1), large, 128_000),
    'claude-sonnet-5': facts(perMillion(2, 10), large, 128_000),
    'claude-sonnet-4-5': facts(perMillion(3, 15), medium, 64_000),
    'claude-sonnet-4-0': facts(perMillion(3, 15), medium, 64_000),
    'claude-haiku-5-5': facts(
      { ...perMillion(0.1, 0.5), long: { above: 100_000, ...perMillion(0.5, 2.5) } },
      large,
      128_000,
    ),
    'claude-3-7-sonnet': facts(perMillion(3, 15), medium, 64_000),
    'claude-3-5-sonnet': facts(perMillion(3, 15), medium, 8192),
    'claude-3-5-haiku': facts(perMillion(0.8, 4), medium, 8192),
    'claude-3-opus': facts(perMillion(15, 75), medium, 4096),
    'claude-3-haiku': facts({ ...perMillion(0.25, 1.25, 0.03), cacheWrite: 300 }, medium, 4096),
  },
  openai: openaiModels,
};

const models = new Map(
  Object.entries(table).flatMap(([provider, ofProvider]) =>
    Object.entries(ofProvider).map(([id, known]) => [id, { provider, facts: known }] as const),
  ),
);

const aliases: Record<string, string> = {
  opus: 'claude-opus-4-7',
  sonnet: 'claude-sonnet-4-6',
  haiku: 'claude-haiku-4-5',
  fable: 'claude-fable-5-1',
  'claude-opus': 'claude-opus-4-7',
  'claude-opus-4': 'claude-opus-4-7',
  'claude-sonnet': 'claude-sonnet-4-6',
  'claude-sonnet-4': 'claude-sonnet-4-6',
  'claude-haiku': 'claude-haiku-4-5',
  'claude-haiku-4': 'claude-haiku-4-5',
  'claude-fable': 'claude-fable-5-1',
  // Their vendor knows these with a date or `-latest` only.
  'claude-3-7-sonnet': 'claude-3-7-sonnet-latest',
  'claude-3-5-sonnet': 'claude-3-5-sonnet-latest',
  'claude-3-5-haiku': 'claude-3-5-haiku-latest',
  'claude-3-opus': 'claude-3-opus-latest',
  'claude-3-haiku': 'claude-3-haiku-20240307',
};

/** Dated ids whose undated form is an alias of a later model. */
const firstOfTheirName: Record<string, string> = {
  'claude-opus-4': 'claude-opus-4-0',
  'claude-sonnet-4': 'claude-sonnet-4-0',
};

/** Providers that the table has models of. */
export const providerNames: readonly string[] = Object.keys(table);

/** Ids and aliases that {@link resolveModel} knows, for messages that name the nearest one. */
export const knownModelNames: readonly string[] = [...new Set([...models.keys(), ...Object.keys(aliases)])];

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

/** The model behind any name: as {@link resolveModel} does, and one that nobody knows as it is written. */
export function chooseModel(name: string): ModelChoice {
  const { provider, model } = splitModelName(name);
  return resolveModel(name) ?? toChoice(provider ?? defaultProvider, model);
}

/** An agent's model in one word, as {@link resolveModel} takes it. */
export function modelNameOf({ provider, model }: ModelChoice): string {
  if (provider !== undefined) return `${provider}/${model}`;
  const isPlain = splitModelName(model).provider === null && resolveModel(model)?.provider === undefined;
  return isPlain ? model : `${defaultProvider}/${model}`;
}

/** What the table knows of a full model id; undefined: nothing. */
export function tableFacts(model: string): ModelFacts | undefined {
  return models.get(baseOf(model))?.facts;
}

function findModel(name: string): { id: string; provider: string } | undefined {
  const id = own(aliases, name) ?? withoutLatest(name);
  const found = models.get(baseOf(id));
  return found && { id, provider: found.provider };
}

// `claude-haiku-4-5-latest`, which the vendor does not know, is what the name without it means.
function withoutLatest(name: string): string {
  const stem = name.replace(/-latest$/, '');
  if (stem === name || models.has(name)) return name;
  return own(aliases, stem) ?? (models.has(stem) ? stem : name);
}

function toChoice(provider: string, model: string): ModelChoice {
  return provider === defaultProvider ? { model } : { model, provider };
}

// The id of the table for a dated id, with `-` or, as some clouds have it, `@`; dates of OpenAI's have dashes, early ones are a month and a day.
function baseOf(id: string): string {
  if (models.has(id)) return id;
  const stem = id.replace(/[-@]\d{8}$|-20\d\d-\d\d-\d\d$|(?<=^gpt.*)-\d{4}$/, '');
  if (stem !== id) return own(firstOfTheirName, stem) ?? stem;
  return own(aliases, id.replace(/-latest$/, '')) === id ? id.replace(/-latest$/, '') : id;
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
