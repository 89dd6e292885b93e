import type { ModelAccess, Models } from '../activities/base/dependencies.ts';
import { openAccountGates } from '../calls/account-gates.ts';
import { defaultProvider, providerNames } from '../domain/money/model-table.ts';
import type { TierNames } from '../domain/money/model-tiers.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ModelKind } from '../domain/run/launch.ts';
import type { ModelAccount, ModelProvider } from '../models/provider.ts';
import type { ModelClient } from '../models/model.ts';
import { modelProviders } from '../models/registry.ts';
import { throughGateway } from '../models/gateway/through-gateway.ts';
import type { Sql } from '../store/database/sql.ts';
import type { Replay } from './cassette/replay.ts';
import type { RateLimits } from '../store/gates/model-gates.ts';

/** The models that a worker asks. */
export interface ModelSettings {
  /** A run that was launched for the other kind is refused. A scripted model stands in for every provider. */
  kind: ModelKind;
  /** How each provider is reached, by its name: an agent that asks for one which is not here is refused. */
  accounts: Readonly<Record<string, ModelAccount>>;
  /** Providers besides the built-in ones. */
  providers?: readonly ModelProvider[];
  /** What is known of models besides the table, as `models` of a workflow file has it, which it wins over. */
  known?: JsonObject;
  /** Models that `auto` chooses from where a workflow does not say it. */
  tiers?: TierNames;
  /** Providers may search the web by tools of their own, where they have one, which costs by the search. Default: no. */
  searches?: boolean;
  /** Resolves when the gateway is up that accounts are asked through; left out: they are asked without one. */
  gatewayReady?: (signal: AbortSignal) => Promise<void>;
  /** Stands before models and tools, and answers from a cassette; left out: none. */
  replay?: Replay;
}

/** Providers that agents may name on a worker. */
export function providersOf({ kind, accounts }: ModelSettings): string[] {
  const own = Object.keys(accounts);
  return kind === 'scripted' ? [...new Set([...own, ...providerNames])] : own;
}

/**
 * A client and gates for each account of a worker.
 *
 * @throws Error when there is no provider of an account's name, ModelError when its key cannot be one
 */
export async function createModels(
  settings: ModelSettings,
  sql: Sql,
  rateLimits: RateLimits | undefined,
): Promise<Models> {
  const { kind, accounts } = settings;
  const known = new Map([...modelProviders, ...(settings.providers ?? [])].map((each) => [each.name, each]));
  const gatesOf = await openAccountGates(sql, rateLimits);
  const opened = new Map<string, ModelAccess>();
  for (const [name, account] of Object.entries(accounts)) {
    const provider = known.get(name);
    if (!provider) throw new Error(`there is no model provider "${name}"; known are: ${[...known.keys()].join(', ')}`);
    const gates = gatesOf(name, account);
    const searches = kind !== 'scripted' && settings.searches === true && provider.canSearch === true;
    const client = clientOf(provider, account, settings.gatewayReady);
    opened.set(name, { provider: name, client: settings.replay?.client(client) ?? client, gates, searches });
  }
  const names = providersOf(settings);
  const standIn = kind === 'scripted' ? opened.get(defaultProvider) : undefined;
  const { replay } = settings;
  return {
    kind,
    names,
    find: (name) => opened.get(name) ?? standIn,
    ...(replay && { choiceOf: (attempt) => replay.choiceOf(attempt) }),
  };
}

function clientOf(provider: ModelProvider, account: ModelAccount, ready: ModelSettings['gatewayReady']): ModelClient {
  const client = provider.createClient(account);
  const { gateway, apiKey } = account;
  return gateway && ready ? throughGateway(client, { name: provider.name, gateway, apiKey }, ready) : client;
}
