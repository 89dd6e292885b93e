import type { JsonObject } from '../../domain/json.ts';
import type { ModelFacts, ModelPrice } from '../../domain/model-facts.ts';
import { chooseModel, modelNameOf, tableFacts } from '../../domain/money/model-table.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { keysAt } from '../schema/known-keys.ts';
import { schemaDiagnostics } from '../schema/schema-errors.ts';
import type { ModelsFile } from '../schema/schema.ts';
import { modelsSchema } from '../schema/schema.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { inlineDocument } from '../source/inline-document.ts';

type ModelEntry = ModelsFile[string];

/** What is said of models besides the table, by their names as {@link modelNameOf} has them. */
export type ModelBook = ReadonlyMap<string, ModelEntry>;

/** Models given besides the file, in the file's own format, checked. */
export function checkModels(given: JsonObject): { models: ModelsFile; diagnostics: Diagnostic[] } {
  const parsed = modelsSchema.safeParse(given);
  if (parsed.success) return { models: parsed.data, diagnostics: [] };
  const diagnostics = schemaDiagnostics(inlineDocument(given, 'GAFFER_MODELS'), parsed.error, {
    keysAt: (path) => keysAt(['models', ...path]),
  });
  return { models: {}, diagnostics };
}

/** What file and environment say together: key by key, what was given wins over the file. */
export function toModelBook(file: ModelsFile, given: ModelsFile): ModelBook {
  const book = new Map<string, ModelEntry>();
  for (const [name, entry] of [...Object.entries(file), ...Object.entries(given)]) {
    const key = modelNameOf(chooseModel(name));
    book.set(key, { ...book.get(key), ...entry });
  }
  return book;
}

/** What a plan keeps of an agent's model: what the book says of it and, for the rest, the table; null: neither knows it. */
export function factsIn(book: ModelBook, agent: Pick<Agent, 'model' | 'provider'>): ModelFacts | null {
  const known = tableFacts(agent.model) ?? null;
  const said = book.get(modelNameOf(agent));
  if (!said) return known;
  return {
    price: said.price ? toPrice(said.price) : (known?.price ?? null),
    window: said.window ?? known?.window ?? null,
    maxOutput: said.max_output ?? known?.maxOutput ?? null,
  };
}

/** Rates of a file, in USD per million tokens, as a plan keeps them. */
export function toPrice(price: NonNullable<ModelEntry['price']>): ModelPrice {
  const { input, output, cache_read: cacheRead = input, cache_write: cacheWrite = input } = price;
  const perToken = (usd: number): number => Math.round(usd * 1e6) / 1000;
  return {
    input: perToken(input),
    output: perToken(output),
    cacheRead: perToken(cacheRead),
    cacheWrite: perToken(cacheWrite),
  };
}
