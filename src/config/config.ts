import { z } from 'zod';
import { ageExample, parseAge } from './age.ts';
import { readDotEnv } from './dot-env.ts';
import { ConfigError, definedOnly, type Environment } from './environment.ts';
import type { JsonObject } from '../domain/json.ts';
import { parseJson } from '../domain/parse-json.ts';
import { providerNames } from '../domain/money/model-table.ts';
import type { TierNames } from '../domain/money/model-tiers.ts';
import { addressVariable, keyVariable } from '../domain/money/provider-variables.ts';
import type { OwnProvider } from '../domain/money/own-provider.ts';
import type { PayloadKeys } from '../domain/temporal-target.ts';
import type { TracingSettings } from '../host/tracing/tracing.ts';
import { type GatewayChoice, readGateway } from './gateway-settings.ts';
import { readPayloadKeys } from './payload-keys.ts';
import { readTracing } from './tracing-settings.ts';
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
  /** Models that `auto` chooses from, as far as the project file names them. */
  tiers: TierNames;
  isCi: boolean;
  isDebug: boolean;
  /** The environment with `.env` below it: what started processes and other readers get. */
  environment: Environment;
}

const flag = z
  .enum(['', '0', '1', 'true', 'false'], { error: 'must be 1 or 0' })
  .default('')
  .transform((value) => value === '1' || value === 'true');
const optional = z
  .string()
  .trim()
  .optional()
  .transform((value) => value || null);
const urlOf = (protocol: RegExp, example: string) =>
  optional.refine((value) => value === null || isUrl(value, protocol), { error: `must be a URL such as ${example}` });
const hostPort = z
  .string()
  .regex(/^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i, { error: 'must be host:port, several with commas' });
const hostPorts = z
  .string()
  .default('')
  .transform((value) => value.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(hostPort));
const perMinute = optional
  .refine((value) => value === null || (/^[\d_]{1,15}$/.test(value) && toNumber(value) > 0), {
    error: 'must be a whole number above 0, such as 50',
  })
  .transform((value) => (value === null ? null : toNumber(value)));
const seconds = (most: number) =>
  optional
    .refine((value) => value === null || (/^[1-9]\d{0,3}s$/.test(value) && Number.parseInt(value, 10) <= most), {
      error: `must be a number of seconds from 1s to ${most}s, such as 90s`,
    })
    .transform((value) => (value === null ? null : Number.parseInt(value, 10) * 1000));
const leastRetentionMs = 3_600_000;

const environmentSchema = z.object({
  DATABASE_URL: urlOf(/^postgres(ql)?:$/, 'postgres://user@host:5432/database'),
  GAFFER_HOME: optional,
  GAFFER_TASK_QUEUE: optional
    .refine((value) => value === null || /^[\w.@:-]{1,200}$/.test(value), {
      error: 'must be 1 to 200 letters, digits or . _ @ : -',
    })
    .transform((value) => value ?? 'gaffer'),
  GAFFER_HOST: optional.refine((value) => value === null || /^[\w.-]{1,100}$/.test(value), {
    error: 'must be 1 to 100 letters, digits or . _ -',
  }),
  GAFFER_ALLOW_UNSANDBOXED_SHELL: flag,
  GAFFER_WEB_ALLOW: hostPorts,
  GAFFER_WEBHOOK_ALLOW: hostPorts,
  GAFFER_SEARCH: optional.refine((value) => value === null || searchWords(value).every(isEngine), {
    error:
      'must be provider, brave, or the address of a SearXNG such as https://searx.example; provider and one of the others with a comma',
  }),
  BRAVE_API_KEY: optional.refine((value) => value === null || /^[\x21-\x7e]+$/.test(value), {
    error: 'holds spaces or foreign characters',
  }),
  GAFFER_RETENTION: optional
    .refine((value) => value === null || value === 'off' || (parseAge(value) ?? 0) >= leastRetentionMs, {
      error: `must be off, or an age such as ${ageExample}, at least 1h`,
    })
    .transform((value) => (value === null || value === 'off' ? null : parseAge(value))),
  GAFFER_MODEL_RPM: perMinute,
  GAFFER_MODEL_TPM: perMinute,
  // An activity has 30 minutes for all of a call, the database's absence included.
  GAFFER_MODEL_FIRST_BYTE: seconds(900),
  GAFFER_MODEL_IDLE: seconds(600),
  GAFFER_MODELS: optional.transform((value, context) => {
    const models = value === null ? {} : toObject(value);
    if (models !== null) return models;
    context.addIssue({
      code: 'custom',
      message: `must be JSON such as {"my-model": {"price": {"input": 0.5, "output": 1.5}}}`,
    });
    return z.NEVER;
  }),
  GAFFER_PAYLOAD_KEYS: optional,
  GAFFER_ENCRYPT_WITH: optional,
  GAFFER_CODEC_TOKEN: optional.refine((value) => value === null || /^[\w-]{32,200}$/.test(value), {
    error: 'must be at least 32 letters, digits, - and _, such as of `openssl rand -hex 32`',
  }),
  GAFFER_DEBUG: optional.transform((value) => value !== null && value !== '0'),
  CI: optional.transform((value) => value !== null && value !== '0' && value !== 'false'),
});

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
  const values = check(environmentSchema, merged);
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
    isCi: values.CI,
    isDebug: values.GAFFER_DEBUG,
    environment: merged,
  };
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
    const schema = z.object({ [key]: optional, [address]: urlOf(/^https?:$/, `https://api.${provider}.com`) });
    const { [key]: apiKey = null, [address]: baseURL = null } = check(schema, environment);
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
}: Pick<z.output<typeof environmentSchema>, 'GAFFER_SEARCH' | 'BRAVE_API_KEY'>): Pick<
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
  }: Pick<z.output<typeof environmentSchema>, 'GAFFER_MODEL_FIRST_BYTE' | 'GAFFER_MODEL_IDLE'>,
): Config['accounts'] {
  const timeouts = { ...(firstByteTimeoutMs && { firstByteTimeoutMs }), ...(idleTimeoutMs && { idleTimeoutMs }) };
  return Object.fromEntries(Object.entries(accounts).map(([name, account]) => [name, { ...account, ...timeouts }]));
}

function check<Schema extends z.ZodType>(schema: Schema, environment: Environment): z.output<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new ConfigError(String(issue.path[0]), issue.message);
}

function toObject(text: string): JsonObject | null {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

const toNumber = (text: string): number => Number(text.replaceAll('_', ''));

function isUrl(value: string, protocol: RegExp): boolean {
  return URL.canParse(value) && protocol.test(new URL(value).protocol);
}
