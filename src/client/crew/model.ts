import { pathToFileURL } from 'node:url';
import type { Config } from '../../config/config.ts';
import { defaultProvider } from '../../domain/money/model-table.ts';
import { keyVariable } from '../../domain/money/provider-variables.ts';
import { providersAtWork } from '../../domain/run/models-at-work.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { ModelSettings } from '../../workers/models.ts';
import type { Script } from '../../testing/index.ts';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** The models that a worker of this command asks: the real ones, or a scripted one in this process. */
export interface RunningModel {
  settings: ModelSettings;
  /** Address of the scripted model; null for real ones. */
  url: string | null;
  /** What its provider allows this account; left out: a scripted one has no limits. */
  rateLimits?: Config['rateLimits'];
  /** Path of the module with the rules; null for the built-in ones and for a real model. */
  script: string | null;
  /** Port of the scripted model; null for a real one. */
  port: number | null;
  /** Address of the gateway elsewhere that has the keys; left out: none has. */
  gatewayUrl?: string;
  /** It answers nothing and costs nothing: no gateway stands before it. */
  isNobody?: true;
  close(): Promise<void>;
}

/** Which model to open. */
export type ModelWish = Pick<LaunchInfo, 'model' | 'script' | 'scriptPort' | 'cassette'>;

/**
 * A scripted model when a module names its rules or when there is no key; else the real ones. It is decided for all of a run: by the keys
 * of the providers that its plan asks, or by any key where no plan is known. With some of them it is a real one, which `checkKeys` refuses.
 */
export function wishFor(
  { accounts, gateway = null }: Pick<Config, 'accounts'> & Partial<Pick<Config, 'gateway'>>,
  script: string | null,
  plan?: Plan,
): ModelWish {
  const asked = plan ? providersAtWork(plan) : [];
  const hasKey =
    asked.length === 0 ? Object.keys(accounts).length > 0 : asked.some((name) => Object.hasOwn(accounts, name));
  // Where keys are elsewhere, nobody here can say which there are.
  return {
    model: script === null && (hasKey || isGiven(gateway)) ? 'anthropic' : 'scripted',
    script,
    scriptPort: null,
  };
}

/** Whether a gateway that somebody else runs has the keys. */
export function isGiven(gateway: Config['gateway']): gateway is { url: string } {
  return typeof gateway === 'object' && gateway !== null;
}

/** Variables of the keys that a plan's agents need, or that any would, in words. */
export function keysInWords(plan: Plan | undefined, link: 'and' | 'or'): string {
  const asked = plan ? providersAtWork(plan) : [];
  return (asked.length === 0 ? [defaultProvider] : asked).map(keyVariable).join(` ${link} `);
}

const ownPlaces: Readonly<Record<string, string>> = {
  [defaultProvider]: 'api.anthropic.com',
  openai: 'api.openai.com',
};

/** One line that says which models answer a plan, or all of them, never with a key. */
export function modelLine(model: RunningModel, plan?: Plan): string {
  if (model.url === null && model.settings.kind === 'scripted')
    return 'Model: none, as all answers come from the cassette (costs nothing)';
  if (model.gatewayUrl !== undefined) return `Model: as the gateway at ${model.gatewayUrl} has it (costs money)`;
  if (model.settings.kind === 'anthropic') {
    const asked = plan ? providersAtWork(plan) : [];
    const places = Object.entries(model.settings.accounts)
      .filter(([name]) => asked.length === 0 || asked.includes(name))
      .map(([name, { baseURL }]) => baseURL ?? ownPlaces[name] ?? name);
    return `Model: ${places.join(', ')} (costs money)`;
  }
  return scriptedLine(model.script, plan);
}

/** The same of a scripted model, by the module with its rules; null: the built-in ones. */
export function scriptedLine(script: string | null, plan?: Plan): string {
  if (script !== null) return `Model: scripted by ${safeLine(script)} (no key needed, costs nothing)`;
  const keys = keysInWords(plan, 'and');
  const state = keys.includes(' ') ? 'are not set' : 'is not set';
  return `Model: scripted, because ${keys} ${state} (its answers are canned, it costs nothing)`;
}

/**
 * Opens the model; a scripted one listens on loopback until it is closed.
 *
 * @throws UsageError when there is no key, the module has no rules, or its port is taken
 */
export async function openModel(config: Config, wish: ModelWish): Promise<RunningModel> {
  if (wish.model === 'scripted') return openScripted(config, wish);
  const { accounts, rateLimits, providers } = config;
  if (Object.keys(accounts).length === 0 && !isGiven(config.gateway))
    throw new UsageError(
      'a real model needs a key: set ANTHROPIC_API_KEY or OPENAI_API_KEY, in the environment or in .env.',
    );
  return {
    settings: {
      ...{ kind: 'anthropic', accounts, known: config.models, tiers: config.tiers, ...(await ownProviders(providers)) },
      ...(config.searchesByProvider && { searches: true }),
    },
    ...(isGiven(config.gateway) && { gatewayUrl: config.gateway.url }),
    url: null,
    rateLimits,
    script: null,
    port: null,
    close: () => Promise.resolve(),
  };
}

async function ownProviders(own: Config['providers']): Promise<Pick<ModelSettings, 'providers'>> {
  if (own.length === 0) return {};
  const { toModelProvider } = await import('../../models/registry.ts');
  return { providers: own.map(toModelProvider) };
}

async function openScripted(
  { models, tiers, providers }: Config,
  { script, scriptPort }: ModelWish,
): Promise<RunningModel> {
  const { defaultScript, startScriptedModel } = await import('../../testing/index.ts');
  const rules = script === null ? defaultScript : await loadScript(script);
  const listen = (port: number | null) => startScriptedModel(rules, port === null ? {} : { port });
  const server = await listen(scriptPort).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    if (script === null) return listen(null);
    throw new UsageError(
      `port ${scriptPort} is taken, and this run's inputs may name it: end the program that listens there and try again.`,
    );
  });
  const { url, port, apiKey } = server;
  // Each is asked in its own words, as it is with a key.
  const accounts = { [defaultProvider]: { apiKey, baseURL: url }, openai: { apiKey, baseURL: `${url}/v1` } };
  const own = providers.map(({ name, wire }) => [name, { apiKey, baseURL: wire === 'messages' ? url : `${url}/v1` }]);
  const settings = {
    ...{ kind: 'scripted' as const, known: models, tiers, ...(await ownProviders(providers)) },
    accounts: { ...accounts, ...(Object.fromEntries(own) as typeof accounts) },
  };
  return { settings, url, script, port, close: () => server.close() };
}

/** The rules that a module exports as `script`. @throws UsageError when it exports none */
export async function loadScript(path: string): Promise<Script> {
  const module = await import(pathToFileURL(path).href).catch((error: unknown) => {
    // Who imports it is of no interest to anybody who does not work on gaffer.
    const reason = (error instanceof Error ? error.message : String(error)).replace(/ imported from .*/s, '');
    throw new UsageError(`the scripted model's module ${path} cannot be loaded: ${reason}.`, { cause: error });
  });
  const { script } = module as { script?: Script };
  if (script && Array.isArray(script.rules)) return script;
  throw new UsageError(`${path} does not export \`script\` with \`rules\`: see gaffer-crew/testing.`);
}
