import type { JsonObject } from '../domain/json.ts';
import { providerNames } from '../domain/money/model-table.ts';
import type { OwnProvider } from '../domain/money/own-provider.ts';
import type { TierNames } from '../domain/money/model-tiers.ts';
import { complexities } from '../domain/complexity.ts';
import { addressVariable, keyVariable } from '../domain/money/provider-variables.ts';
import { modelSchema } from './schema/schema.ts';
import { projectSchema, providerSchema } from './schema/project-schema.ts';
import { schemaDiagnostics } from './schema/schema-errors.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { DefinitionError, quoted } from './source/diagnostic.ts';
import { readYaml } from './source/read-yaml.ts';
import type { SourceDocument, ValuePath } from './source/source-document.ts';
import { readSourceText, SourceText } from './source/source-text.ts';

/** What a project says of itself, as far as it is there. */
export interface ProjectFile {
  path: string;
  /** As it stands there: what is trusted. */
  text: string;
  providers: OwnProvider[];
  /** What is known of their models, in the format of `models`. */
  models: JsonObject;
  /** Models that `auto` chooses from, as far as it names them. */
  tiers: TierNames;
  /** Whom models are asked through, as it stands there; null: it does not say. Who reads it checks it. */
  gateway: string | null;
}

/**
 * Reads a project file.
 *
 * @throws DefinitionError with everything that is wrong, each at its place
 */
export function readProjectFile(path: string): ProjectFile {
  const text = readSourceText(path);
  const document = readYaml(new SourceText(text, path));
  // A file of comments alone says nothing.
  const parsed = projectSchema.safeParse(document.value ?? {});
  if (!parsed.success) throw new DefinitionError(schemaDiagnostics(document, parsed.error, { keysAt }));
  const entries = Object.entries(parsed.data.providers ?? {});
  const providers = entries.map(([name, { base_url: baseURL, wire, key = keyVariable(name) }]): OwnProvider => ({
    ...{ name, baseURL, wire: wire ?? 'either', key: key === 'none' ? null : key },
  }));
  const found = providers.flatMap((provider) => problemsOf(document, provider, providers));
  if (found.length > 0) throw new DefinitionError(found);
  const models = entries.flatMap(([name, { models: own = {} }]) =>
    Object.entries(own).map(([model, facts]) => [`${name}/${model}`, facts]),
  );
  const { tiers = {}, gateway = null } = parsed.data;
  return { path, text, providers, models: Object.fromEntries(models) as JsonObject, tiers, gateway };
}

function keysAt(path: ValuePath): { live: string[]; planned: string[] } {
  const keysOf = (schema: { shape: object }): string[] => Object.keys(schema.shape);
  if (path[0] === 'tiers') return { live: [...complexities], planned: [] };
  const byDepth = [keysOf(projectSchema), [], keysOf(providerSchema), [], keysOf(modelSchema)];
  const live = path.length === 5 ? keysOf(modelSchema.shape.price.unwrap()) : (byDepth[path.length] ?? []);
  return { live, planned: [] };
}

const taken = new Set([...providerNames.map(keyVariable), 'BRAVE_API_KEY']);

function problemsOf(document: SourceDocument, provider: OwnProvider, all: readonly OwnProvider[]): Diagnostic[] {
  const { name, baseURL } = provider;
  const path = ['providers', name];
  const found: Diagnostic[] = [];
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    const message = `${quoted(name)} is no name of a provider: small letters, digits and "-", at most 40`;
    found.push(document.diagnostic(path, { code: 'bad-name', message, on: 'key' }));
  }
  const address = problemOfAddress(baseURL);
  if (address !== null) found.push(document.diagnostic([...path, 'base_url'], { code: 'bad-value', message: address }));
  if (providerNames.includes(name)) {
    const hint = `its address is said by ${addressVariable(name)}; give this one another name`;
    found.push(
      document.diagnostic(path, { code: 'taken-name', message: `${quoted(name)} is built in`, hint, on: 'key' }),
    );
    return found;
  }
  const key = problemOfKey(provider, all);
  if (key === null) return found;
  const isSaid = document.valueAt([...path, 'key']) !== undefined;
  return [...found, document.diagnostic(isSaid ? [...path, 'key'] : path, { ...key, on: isSaid ? 'value' : 'key' })];
}

// A key is its provider's alone, and nothing else is a key.
function problemOfKey(provider: OwnProvider, all: readonly OwnProvider[]): { code: string; message: string } | null {
  const { key } = provider;
  if (key === null) return null;
  if (!/^[A-Z][A-Z0-9_]{0,80}_API_KEY$/.test(key)) {
    const message = `${quoted(key)} is no variable of a key: capitals, digits and "_", with _API_KEY at its end, or none`;
    return { code: 'bad-value', message };
  }
  if (/^(?:GAFFER|TEMPORAL)_/.test(key))
    return { code: 'taken-key', message: `${key} is a setting of Gaffer or Temporal, and goes to no provider` };
  if (taken.has(key))
    return { code: 'taken-key', message: `${key} is the key of a provider that is built in, and goes to nobody else` };
  const other = all.slice(0, all.indexOf(provider)).find((each) => each.key === key);
  if (!other) return null;
  return {
    code: 'taken-key',
    message: `${key} is the key of ${quoted(other.name)} already: each provider has its own`,
  };
}

function problemOfAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    return `${quoted(text)} is no address: expected one like https://models.example/v1`;
  if (url.username !== '' || url.password !== '')
    return 'an address has no user and no password in it: a key stands in a variable';
  return url.search !== '' || url.hash !== '' ? 'an address of a provider has no "?" and no "#"' : null;
}
