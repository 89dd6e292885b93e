import { ageExample, parseAge } from './age.ts';
import { readDotEnv } from './dot-env.ts';
import { ConfigError, definedOnly, type Environment } from './environment.ts';
import type { JsonObject } from '../domain/json.ts';
import { parseJson } from '../domain/parse-json.ts';
import { ownBounds, type SourceBounds, usualBounds, widestBounds } from '../domain/source/source-bounds.ts';
import { providerNames } from '../domain/money/model-table.ts';
import type { TierNames } from '../domain/money/model-tiers.ts';
import { addressVariable, keyVariable } from '../domain/money/provider-variables.ts';
import type { OwnProvider } from '../domain/money/own-provider.ts';
import type { PayloadKeys } from '../domain/temporal-target.ts';
import type { TracingSettings } from '../host/tracing/tracing.ts';
import { type GatewayChoice, readGateway } from './gateway-settings.ts';
import { readPayloadKeys } from './payload-keys.ts';
import { readTracing } from './tracing-settings.ts';
import { isUrl, variablesOf, type Variables } from './variables.ts';
import { readWorkerConfig, type WorkerConfig } from './worker-settings.ts';

/*
 * The one place that reads the environment. Secrets stay in the object: nobody may print it.
 * `gaffer doctor` says only whether a key is there.
 */

export type { Environment };

/** How a provider is reached, and how long it may be silent (`GAFFER_MODEL_FIRST_BYTE`, `GAFFER_MODEL_IDLE`); left out: as long as usual. */
interface Account {
  apiKey: string;
  baseURL: string | null;
  firstByteTimeoutMs?: number;
  idleTimeoutMs?: number;
}

/** What the environment says, checked. Unset values have their defaults filled in. */
export interface Config {
  /** PostgreSQL to use instead of the embedded one. */
  databaseUrl: string | null;
  temporal: {
    /** Whether a server was named (`TEMPORAL_ADDRESS` or a profile): then none is started. */
    isGiven: boolean;
  };
  taskQueue: string;
  /** How the providers of models are reached that there is a key for (`ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`), by their name. */
  accounts: Readonly<Record<string, Account>>;
  /** Who has the workspaces of workers (`GAFFER_HOST`); null: this host, by its name. */
  host: string | null;
  /** `GAFFER_HOME`, when set. */
  home: string | null;
  allowUnsandboxedShell: boolean;
  /** `host:port` pairs that the web tool may reach although they are not public. */
  webAllow: string[];
  /** `host:port` pairs that webhooks may be sent to although they are not public. */
  webhookAllow: string[];
  /** Who is asked to search the web (`GAFFER_SEARCH`, `BRAVE_API_KEY`); null: nobody. */
  search: { kind: 'searxng' | 'brave'; url: string; key: string | null } | null;
  /** Whether providers may search the web by tools of their own (`GAFFER_SEARCH=provider`). */
  searchesByProvider: boolean;
  /** Ended runs are kept so long, in ms; null: the store keeps them, the embedded Temporal server for 30 days. */
  retentionMs: number | null;
  /** What the model's provider allows this account per minute and model; null: found out by its refusals. */
  rateLimits: { callsPerMinute: number | null; tokensPerMinute: number | null };
  /** Keys that payloads are encrypted with (`GAFFER_PAYLOAD_KEYS`, `GAFFER_ENCRYPT_WITH`); null: Temporal has them as they are. */
  payloadKeys: PayloadKeys | null;
  worker: WorkerConfig;
  /** Whom models are asked through (`GAFFER_GATEWAY`, and the project file); null: neither says it. */
  gateway: GatewayChoice | null;
  /** Where spans go (`OTEL_…`); null: nowhere. */
  tracing: TracingSettings | null;
  /** What `gaffer codec-server` asks for (`GAFFER_CODEC_TOKEN`); null: one that is made from a key. */
  codecToken: string | null;
  /** Providers of the project file. Their accounts are among the others, where there is a key. */
  providers: readonly OwnProvider[];
  /** What is said of models besides the table (`GAFFER_MODELS`, and the project file), as `models` of a workflow file has it; who reads it checks it. */
  models: JsonObject;
  /** How large definitions may be: one's own, and those of others (`GAFFER_MAX_FILE`, `GAFFER_MAX_NODES`: the same for both). */
  definitions: { own: SourceBounds; others: SourceBounds };
  /** Models that `auto` chooses from, as far as the project file names them. */
  tiers: TierNames;
  isCi: boolean;
  isDebug: boolean;
  /** The environment with `.env` below it: what started processes and other readers get. */
  environment: Environment;
}

const leastRetentionMs = 3_600_000;

/** What the variables say that are checked here. Reads them all, so that the first one that cannot be meant is told of. @throws ConfigError */
function readVariables(environment: Environment) {
  const of = variablesOf(environment);
  return {
    DATABASE_URL: of.url('DATABASE_URL', /^postgres(ql)?:$/, 'postgres://user@host:5432/database'),
    GAFFER_HOME: of.text('GAFFER_HOME'),
    GAFFER_TASK_QUEUE:
      of.text('GAFFER_TASK_QUEUE', {
        fits: (value) => /^[\w.@:-]{1,200}$/.test(value),
        must: 'must be 1 to 200 letters, digits or . _ @ : -',
      }) ?? 'gaffer',
    GAFFER_HOST: of.text('GAFFER_HOST', {
      fits: (value) => /^[\w.-]{1,100}$/.test(value),
      must: 'must be 1 to 100 letters, digits or . _ -',
    }),
    GAFFER_ALLOW_UNSANDBOXED_SHELL: of.flag('GAFFER_ALLOW_UNSANDBOXED_SHELL'),
    GAFFER_WEB_ALLOW: of.hostPorts('GAFFER_WEB_ALLOW'),
    GAFFER_WEBHOOK_ALLOW: of.hostPorts('GAFFER_WEBHOOK_ALLOW'),
    GAFFER_RETENTION: readRetention(of),
    GAFFER_MAX_FILE: of.size('GAFFER_MAX_FILE', { least: usualBounds.bytes, most: widestBounds.bytes }),
    GAFFER_MAX_NODES: of.count('GAFFER_MAX_NODES', { least: usualBounds.nodes, most: widestBounds.nodes }),
    ...readSearchVariables(of),
    ...readModelVariables(of),
    GAFFER_PAYLOAD_KEYS: of.text('GAFFER_PAYLOAD_KEYS'),
    GAFFER_ENCRYPT_WITH: of.text('GAFFER_ENCRYPT_WITH'),
    GAFFER_CODEC_TOKEN: of.text('GAFFER_CODEC_TOKEN', {
      fits: (value) => /^[\w-]{32,200}$/.test(value),
      must: 'must be at least 32 letters, digits, - and _, such as of `openssl rand -hex 32`',
    }),
    GAFFER_DEBUG: isSaid(of.text('GAFFER_DEBUG'), ['0']),
    CI: isSaid(of.text('CI'), ['0', 'false']),
  };
}

function readSearchVariables(of: Variables) {
  return {
    GAFFER_SEARCH: of.text('GAFFER_SEARCH', {
      fits: (value) => searchWords(value).every(isEngine),
      must: 'must be provider, brave, or the address of a SearXNG such as https://searx.example; provider and one of the others with a comma',
    }),
    BRAVE_API_KEY: of.text('BRAVE_API_KEY', {
      fits: (value) => /^[\x21-\x7e]+$/.test(value),
      must: 'holds spaces or foreign characters',
    }),
  };
}

function readModelVariables(of: Variables) {
  return {
    GAFFER_MODEL_RPM: of.perMinute('GAFFER_MODEL_RPM'),
    GAFFER_MODEL_TPM: of.perMinute('GAFFER_MODEL_TPM'),
    // An activity has 30 minutes for all of a call, the database's absence included.
    GAFFER_MODEL_FIRST_BYTE: of.seconds('GAFFER_MODEL_FIRST_BYTE', 900),
    GAFFER_MODEL_IDLE: of.seconds('GAFFER_MODEL_IDLE', 600),
    GAFFER_MODELS: readModels(of),
  };
}

function isSaid(value: string | null, no: readonly string[]): boolean {
  return value !== null && !no.includes(value);
}

function readRetention(of: Variables): number | null {
  const text = of.text('GAFFER_RETENTION', {
    fits: (value) => value === 'off' || (parseAge(value) ?? 0) >= leastRetentionMs,
    must: `must be off, or an age such as ${ageExample}, at least 1h`,
  });
  return text === null || text === 'off' ? null : parseAge(text);
}

function readModels(of: Variables): JsonObject {
  const text = of.text('GAFFER_MODELS', {
    fits: (value) => toObject(value) !== null,
    must: `must be JSON such as {"my-model": {"price": {"input": 0.5, "output": 1.5}}}`,
  });
  return text === null ? {} : toObject(text)!;
}

/** What the project file says of settings. */
type ProjectSays = Pick<Config, 'providers' | 'models' | 'tiers'> & { gateway: string | null };
const noProject: ProjectSays = { providers: [], models: {}, tiers: {}, gateway: null };

/**
 * The environment as one typed object. A file `.env` in `cwd` fills in what the environment leaves open; it never overrides it.
 *
 * `ignoresDotEnv`: for what has to work before anybody trusts that file.
 *
 * @throws ConfigError naming the variable, NotTrustedError when `.env` asks for more than it may
 */
export function loadConfig({
  cwd,
  environment,
  ignoresDotEnv = false,
  project = noProject,
}: {
  cwd: string;
  environment: Environment;
  ignoresDotEnv?: boolean;
  /** What the project file says, checked and believed. */
  project?: ProjectSays;
}): Config {
  const merged = ignoresDotEnv ? environment : { ...readDotEnv(cwd, environment), ...definedOnly(environment) };
  const values = readVariables(merged);
  return {
    databaseUrl: values.DATABASE_URL,
    temporal: { isGiven: Boolean(merged['TEMPORAL_ADDRESS']?.trim() || merged['TEMPORAL_PROFILE']?.trim()) },
    taskQueue: values.GAFFER_TASK_QUEUE,
    accounts: withTimeouts(
      { ...readAccounts(providerNames, merged), ...ownAccounts(project.providers, merged) },
      values,
    ),
    providers: project.providers,
    host: values.GAFFER_HOST,
    home: values.GAFFER_HOME,
    allowUnsandboxedShell: values.GAFFER_ALLOW_UNSANDBOXED_SHELL,
    ...{ webAllow: values.GAFFER_WEB_ALLOW, webhookAllow: values.GAFFER_WEBHOOK_ALLOW },
    ...readSearch(values),
    retentionMs: values.GAFFER_RETENTION,
    rateLimits: { callsPerMinute: values.GAFFER_MODEL_RPM, tokensPerMinute: values.GAFFER_MODEL_TPM },
    payloadKeys: readPayloadKeys({ keys: values.GAFFER_PAYLOAD_KEYS, current: values.GAFFER_ENCRYPT_WITH }),
    codecToken: values.GAFFER_CODEC_TOKEN,
    ...{ worker: readWorkerConfig(merged), tracing: readTracing(merged), gateway: readGateway(merged, project) },
    models: { ...project.models, ...values.GAFFER_MODELS },
    tiers: project.tiers,
    definitions: readDefinitionBounds(values),
    isCi: values.CI,
    isDebug: values.GAFFER_DEBUG,
    environment: merged,
  };
}

function readDefinitionBounds({
  GAFFER_MAX_FILE: bytes,
  GAFFER_MAX_NODES: nodes,
}: Pick<ReturnType<typeof readVariables>, 'GAFFER_MAX_FILE' | 'GAFFER_MAX_NODES'>): Config['definitions'] {
  const raised = { ...(bytes !== null && { bytes }), ...(nodes !== null && { nodes }) };
  return { own: { ...ownBounds, ...raised }, others: { ...usualBounds, ...raised } };
}

/**
 * The accounts of those providers that there is a key for.
 *
 * @throws ConfigError naming the variable
 * @internal
 */
export function readAccounts(providers: readonly string[], environment: Environment): Config['accounts'] {
  const accounts: Record<string, Account> = {};
  for (const provider of providers) {
    const [key, address] = [keyVariable(provider), addressVariable(provider)];
    const of = variablesOf(environment);
    const apiKey = of.text(key);
    const baseURL = of.url(address, /^https?:$/, `https://api.${provider}.com`);
    if (apiKey !== null) accounts[provider] = { apiKey, baseURL };
  }
  return accounts;
}

const braveUrl = 'https://api.search.brave.com/res/v1/web/search';

function searchWords(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function isEngine(word: string, place: number, all: readonly string[]): boolean {
  const others = all.filter((each) => each !== 'provider');
  if (others.length > 1) return false;
  return word === 'provider' || word === 'brave' || isUrl(word.replace(/^brave:(?=http)/, ''), /^https?:$/);
}

function readSearch({
  GAFFER_SEARCH: said,
  BRAVE_API_KEY: key,
}: Pick<ReturnType<typeof readVariables>, 'GAFFER_SEARCH' | 'BRAVE_API_KEY'>): Pick<
  Config,
  'search' | 'searchesByProvider'
> {
  const words = searchWords(said ?? '');
  const searchesByProvider = words.includes('provider');
  const engine = words.find((word) => word !== 'provider');
  if (engine === undefined) return { search: null, searchesByProvider };
  if (!engine.startsWith('brave')) return { search: { kind: 'searxng', url: engine, key: null }, searchesByProvider };
  if (key === null) throw new ConfigError('BRAVE_API_KEY', 'must be set, as GAFFER_SEARCH asks Brave');
  const url = engine === 'brave' ? braveUrl : engine.slice('brave:'.length);
  return { search: { kind: 'brave', url, key }, searchesByProvider };
}

/** What a server gets that asks for no key: a header has to hold something. */
const noKey = 'none';

function ownAccounts(providers: readonly OwnProvider[], environment: Environment): Config['accounts'] {
  const entries = providers.flatMap(({ name, baseURL, key }): [string, Account][] => {
    const apiKey = key === null ? noKey : environment[key]?.trim();
    return apiKey ? [[name, { apiKey, baseURL }]] : [];
  });
  return Object.fromEntries(entries);
}

function withTimeouts(
  accounts: Config['accounts'],
  {
    GAFFER_MODEL_FIRST_BYTE: firstByteTimeoutMs,
    GAFFER_MODEL_IDLE: idleTimeoutMs,
  }: Pick<ReturnType<typeof readVariables>, 'GAFFER_MODEL_FIRST_BYTE' | 'GAFFER_MODEL_IDLE'>,
): Config['accounts'] {
  const timeouts = { ...(firstByteTimeoutMs && { firstByteTimeoutMs }), ...(idleTimeoutMs && { idleTimeoutMs }) };
  return Object.fromEntries(Object.entries(accounts).map(([name, account]) => [name, { ...account, ...timeouts }]));
}

function toObject(text: string): JsonObject | null {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}
