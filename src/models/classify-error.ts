import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { longWaitMs } from '../domain/run/long-wait.ts';
import { saysBadKey, saysSpent, saysTooLong, saysUnknownModel } from './error-words.ts';
import type { ModelErrorKind } from './model.ts';
import { ModelError } from './model.ts';
import type { ProviderError } from './provider-error.ts';
import { kindByName, ProviderSaysError, readErrorBody } from './provider-error.ts';
import type { AccountPlaces } from './provider.ts';
import { titleOf } from './read-events.ts';
import { retryAfterOf } from './retry-after.ts';
import { WrongServerError } from './wrong-server.ts';

/** What a failed call was about. */
export interface CallFacts {
  model: string;
  baseURL: string;
  apiKey: string;
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
  /** What is spoken with it, in words: `Messages API`. */
  api: string;
  places: AccountPlaces;
  /** Whether a gateway stands between us and the provider; left out: none does. */
  isByGateway?: boolean;
}

const kindsByStatus: Record<number, ModelErrorKind> = {
  401: 'authentication',
  402: 'spend-limit',
  403: 'permission',
  404: 'wrong-server',
  407: 'wrong-server',
  408: 'timeout',
  409: 'unavailable',
  429: 'rate-limited',
  501: 'wrong-server',
  504: 'timeout',
  505: 'wrong-server',
  511: 'wrong-server',
  529: 'overloaded',
};

/** What a name of these kinds means holds whatever the status is. The others are said of too much. */
const telling: ReadonlySet<ModelErrorKind> = new Set<ModelErrorKind>([
  ...(['authentication', 'permission', 'spend-limit', 'unknown-model'] as const),
  ...(['too-long', 'rate-limited', 'overloaded'] as const),
]);
/** What these statuses say holds for a page, too, whoever sends it. */
const telling4xx = new Set([401, 407, 408, 409, 413, 425, 429]);

/** Turns whatever a call threw into the one error that callers act on. */
export function classifyError(error: unknown, facts: CallFacts): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof APIConnectionTimeoutError) return silence(facts, 'firstByteTimeoutMs');
  if (error instanceof APIConnectionError) {
    const strange = strangeHttpOf(error.cause);
    if (strange !== null) return wrongServer(strange, facts);
    const reason = clean(reasonOf(error.cause), facts);
    if (facts.isByGateway) return new ModelError('unavailable', `the gateway of models does not answer (${reason})`);
    const wayOut = `check the network and ${facts.places.address}`;
    return new ModelError('unavailable', `no connection to ${hostOf(facts)} (${reason}): ${wayOut}`);
  }
  if (error instanceof WrongServerError) return wrongServer(error.message, facts);
  if (error instanceof ProviderSaysError) {
    return classifyProviderError({ ...readErrorBody(error.body), retryAfterMs: error.retryAfterMs }, facts);
  }
  if (error instanceof APIError) return classifyStatus(error, facts);
  if (codeOf(error) === 'UND_ERR_BODY_TIMEOUT') return silence(facts, 'idleTimeoutMs');
  const reason = clean(reasonOf(error), facts);
  return new ModelError('broken-stream', `the answer broke off (${reason})`);
}

function silence(facts: CallFacts, limit: 'firstByteTimeoutMs' | 'idleTimeoutMs'): ModelError {
  const variable = limit === 'idleTimeoutMs' ? 'GAFFER_MODEL_IDLE' : 'GAFFER_MODEL_FIRST_BYTE';
  const message = `nothing came from ${hostOf(facts)} for ${facts[limit] / 1000} s (${variable} gives it longer)`;
  return new ModelError('timeout', message);
}

/** Decides what an error of the provider means, whether it came as a status or inside a stream. */
export function classifyProviderError(error: ProviderError, facts: CallFacts): ModelError {
  const kind = kindOf(error);
  const said = clean(error.message, facts);
  const label = error.status ?? error.type ?? 'in the stream';
  const message = `${headline(kind, error, facts)} (${label})${wayOut(kind, error, facts)}${said && `; provider: ${said}`}`;
  const { status, retryAfterMs } = error;
  return new ModelError(kind, message, {
    ...(status !== null && { status }),
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...(kind === 'too-long' && { tooLong: tooLongOf(error.message) }),
  });
}

// `208310 tokens > 200000 maximum`, `188240 + 21333 > 200000` of input and answer, `length is 8192 tokens … (7000 in the messages`.
function tooLongOf(message: string): ModelError['tooLong'] {
  const said = message.replace(/(\d),(?=\d{3})/g, '$1');
  const { input, most } =
    /(?<input>\d{1,12})(?: \+ \d{1,12})?(?: tokens)? > (?<most>\d{1,12})/.exec(said)?.groups ??
    /length is (?<most>\d{1,12}) tokens.{0,80}\((?<input>\d{1,12}) in the messages/.exec(said)?.groups ??
    /length is (?<most>\d{1,12}) tokens.{0,80} resulted in (?<input>\d{1,12}) tokens/.exec(said)?.groups ??
    {};
  return input !== undefined && most !== undefined && Number(most) > 0
    ? { input: Number(input), most: Number(most) }
    : null;
}

function kindOf({ status, type, code, message }: ProviderError): ModelErrorKind {
  const isClientError = status === null || (status >= 400 && status < 500);
  if (isClientError && saysSpent(`${code ?? ''} ${type ?? ''} ${message}`)) return 'spend-limit';
  const named = kindByName(type) ?? kindByName(code);
  if (named !== null && telling.has(named)) return named;
  const isRefused = status === 400 || status === 422 || (status === null && (named ?? 'bad-request') === 'bad-request');
  // Some servers fail where they should refuse.
  const isFailure = status === null || status >= 500;
  if (status === 413 || ((isRefused || isFailure) && saysTooLong(`${code ?? ''} ${message}`))) return 'too-long';
  if ((isRefused && saysUnknownModel(message)) || (status === 404 && /model/i.test(message))) return 'unknown-model';
  if ((isRefused || named === 'bad-request') && saysBadKey(message)) return 'authentication';
  // A server that fails for a reason that stays is not asked again.
  if (status === null || (status >= 500 && named === 'bad-request')) return named ?? 'unavailable';
  return kindsByStatus[status] ?? (status >= 500 ? 'unavailable' : 'bad-request');
}

function headline(kind: ModelErrorKind, { status }: ProviderError, facts: CallFacts): string {
  switch (kind) {
    case 'rate-limited':
      return 'the provider’s rate limit is reached';
    case 'overloaded':
      return 'the provider is overloaded';
    case 'unavailable':
      return `${hostOf(facts)} failed`;
    case 'timeout':
      return `${hostOf(facts)} took too long`;
    case 'authentication':
      return 'the API key was refused';
    case 'permission':
      return `the API key may not use ${facts.model}`;
    case 'spend-limit':
      return 'the account’s spend limit is reached, or its credit used up';
    case 'too-long':
      return `the conversation is longer than ${facts.model} takes`;
    case 'unknown-model':
      return `the provider does not know the model ${facts.model}`;
    case 'wrong-server':
      return status === 407 ? 'a proxy on the way wants a password' : `there is no ${facts.api} at ${hostOf(facts)}`;
    default:
      return 'the provider refused the request';
  }
}

function wayOut(kind: ModelErrorKind, { retryAfterMs }: ProviderError, facts: CallFacts): string {
  switch (kind) {
    case 'rate-limited':
    case 'overloaded':
    case 'unavailable':
    case 'timeout':
      // What is longer is told with its end.
      return retryAfterMs && retryAfterMs <= longWaitMs ? `: it asks to wait ${Math.ceil(retryAfterMs / 1000)} s` : '';
    case 'authentication':
      return `: check ${facts.places.key} (a worker reads it at its start only)`;
    case 'permission':
      return ': use another key or model';
    case 'spend-limit':
      return ': add credit or raise the limit in the provider’s console';
    case 'too-long':
      return ': give the task less to read, a smaller `context.max_messages`, or the agent another `model`';
    case 'unknown-model':
      return ': give the agent another `model`';
    case 'wrong-server':
      return checkAddress(facts);
    default:
      return '';
  }
}

const checkAddress = ({ places }: CallFacts): string => `: check ${places.address}, and proxies on the way`;

function wrongServer(what: string, facts: CallFacts, status?: number): ModelError {
  const message = `${hostOf(facts)} answered with ${clean(what, facts)}${status === undefined ? '' : ` (${status})`}, which is no answer of the ${facts.api}${checkAddress(facts)}`;
  return new ModelError('wrong-server', message, { ...(status !== undefined && { status }) });
}

function classifyStatus(error: InstanceType<typeof APIError>, facts: CallFacts): ModelError {
  const status = error.status ?? null;
  if (status === null) return new ModelError('unavailable', `${hostOf(facts)} failed: ${clean(error.message, facts)}`);
  // The SDK has a body that is no JSON in its message alone, behind the status.
  const text = error.error === undefined ? error.message.replace(/^\d+ (status code \(no body\)$)?/, '') : '';
  const isPage = text.trimStart().startsWith('<');
  if (status < 400) {
    const target = addressOf(error.headers?.get('location') ?? null, facts);
    return wrongServer(`a redirect${target}, where the key does not go`, facts, status);
  }
  if (isPage && status < 500 && !telling4xx.has(status))
    return wrongServer(`a web page${titleOf(text)}`, facts, status);
  const told =
    text === ''
      ? readErrorBody(error.error)
      : { type: null, code: null, message: isPage ? titleOf(text).trim() : text };
  return classifyProviderError({ ...told, status, retryAfterMs: retryAfterOf(error.headers, Date.now()) }, facts);
}

// What stands behind the path may be a secret.
function addressOf(location: string | null, { baseURL }: CallFacts): string {
  const url = location !== null && URL.canParse(location, baseURL) ? new URL(location, baseURL) : null;
  return url ? ` to ${url.origin}${url.pathname}` : '';
}

/** Text of others, fit for a message: one line, at most 300 characters, without the key. */
function clean(text: string, { apiKey }: CallFacts): string {
  const safe = apiKey.length >= 8 ? text.split(apiKey).join('***') : text;
  const line = safe.replace(/\p{Cc}+/gu, ' ');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function hostOf({ baseURL }: CallFacts): string {
  return new URL(baseURL).host;
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/** What there is instead of HTTP that anybody can read; null: it is some. */
function strangeHttpOf(error: unknown): string | null {
  const code = codeOf(error) ?? '';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'headers that are larger than any are';
  // One that ended too early was HTTP until then.
  const isStrange = error instanceof Error && error.name === 'HTTPParserError' && !/_EOF/.test(code);
  return isStrange ? 'bytes that are no HTTP' : null;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code?.startsWith('Z_') || code?.startsWith('ERR_BROTLI')) return `it cannot be unpacked: ${code}`;
  // The fetcher's own codes tell people less than its words.
  if (code !== null && !code.startsWith('UND_ERR_')) return code;
  return error instanceof Error ? error.message : String(error);
}
