import { saysBadKey } from './error-words.ts';
import type { ModelErrorKind } from './model.ts';

/** What the provider said went wrong. `status` is null for an error inside a stream that tells none. */
export interface ProviderError {
  status: number | null;
  type: string | null;
  code: string | null;
  message: string;
  retryAfterMs: number | null;
}

/** An error that came as a body or an event of an answer, as it came. */
export class ProviderSaysError extends Error {
  override readonly name = 'ProviderSaysError';
  readonly body: unknown;
  /** What the headers that came with it say. */
  retryAfterMs: number | null = null;

  constructor(body: unknown) {
    super('the provider says that something went wrong');
    this.body = body;
  }
}

/** Whether a body without a known type is an error: it names one, or has a status of one with a message. */
export function isErrorShape(sent: unknown): boolean {
  const body = opened(sent);
  if (!isRecord(body)) return false;
  if (body['type'] === 'error' || body['status'] === 'error' || body['object'] === 'error') return true;
  const { error } = body;
  if (typeof error === 'string' ? error !== '' : typeof error === 'object' && error !== null) return true;
  const said = [body['message'], body['detail'], body['msg']].find((each) => typeof each === 'string');
  if (said === undefined) return false;
  const isNamed = kindByName(textOf(body['type']) ?? textOf(body['code']) ?? textOf(body['__type'])) !== null;
  return isNamed || statusOf(body) !== null || saysBadKey(said as string);
}

/** An error out of what vendors put around it: a list (Google, Cloudflare), `base_resp` (MiniMax), `fault` (Apigee), `Output` (Amazon), names of its own (Baidu). */
function opened(sent: unknown): unknown {
  const body: unknown = Array.isArray(sent) ? sent[0] : sent;
  if (!isRecord(body)) return sent;
  const { errors, base_resp: answer, fault, Output: output, error_msg: said, Message: message } = body;
  if (Array.isArray(errors) && errors.length > 0 && body['error'] === undefined) return { error: errors[0] as unknown };
  if (isRecord(answer) && answer['status_code'] !== 0 && typeof answer['status_msg'] === 'string')
    return { error: { code: answer['status_code'], message: answer['status_msg'] } };
  if (isRecord(fault)) {
    const { detail, faultstring } = fault;
    return { error: { code: isRecord(detail) ? detail['errorcode'] : null, message: faultstring } };
  }
  if (isRecord(output) && typeof output['__type'] === 'string') return { error: output };
  if (typeof said === 'string' && said !== '') return { error: { code: body['error_code'], message: said } };
  return typeof message === 'string' ? { message, ...body } : body;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Kinds that servers put beside a name that says more. */
const vague: ReadonlySet<ModelErrorKind> = new Set(['bad-request', 'unavailable']);

/** What an error's body says, whichever server's it is: `error` may be an object, text or missing, its kind a `type`, `code` or `status`. */
export function readErrorBody(sent: unknown): Omit<ProviderError, 'retryAfterMs'> {
  const body = opened(sent);
  if (typeof body !== 'object' || body === null) {
    return { status: null, type: null, code: null, message: typeof body === 'string' ? body : '' };
  }
  const outer = body as Record<string, unknown>;
  const inner = outer['error'];
  const error = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : outer;
  const details = error['details'] as { error_code?: unknown } | null | undefined;
  const names = [error['type'], error['code'], error['status'], outer['type'], outer['code'], error['__type']];
  const known = names.map(textOf).filter((name) => kindByName(name) !== null);
  const type = known.find((name) => !vague.has(kindByName(name)!)) ?? known[0] ?? textOf(error['type']);
  const said = [inner, error['message'], error['msg'], outer['message'], error['detail'], outer['detail']];
  return {
    status: statusOf(error) ?? statusOf(outer),
    type: type === 'error' ? null : type,
    code: textOf(details?.error_code) ?? textOf(error['code']),
    message: said.find((each) => typeof each === 'string') ?? toJson(outer),
  };
}

// An error's own status: of many servers its `code` is one.
function statusOf({ status, status_code: statusCode, code }: Record<string, unknown>): number | null {
  const numbers = [status, statusCode, code].map((value) => (typeof value === 'string' ? Number(value) : value));
  return (
    (numbers.find((each) => Number.isInteger(each) && (each as number) >= 400 && (each as number) < 600) as number) ??
    null
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== 'None' ? value : null;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

/** Names of errors without case, signs and the word "error" or "exception". */
const kindsByName: Record<string, ModelErrorKind> = {
  ...ofKind(
    'bad-request',
    'invalidrequest badrequest invalidargument validation unprocessableentity failedprecondition',
  ),
  ...ofKind(
    'bad-request',
    'contentfilter contentpolicyviolation invalidparameter missingparameter unsupportedparameter notfound',
  ),
  ...ofKind(
    'too-long',
    'requesttoolarge exceedcontextsize contextlengthexceeded contextwindowexceeded payloadtoolarge',
  ),
  ...ofKind(
    'authentication',
    'authentication unauthenticated unauthorized invalidapikey unrecognizedclient expiredtoken',
  ),
  ...ofKind(
    'spend-limit',
    'billing insufficientquota paymentrequired insufficientcredits billinghardlimitreached billingnotactive',
  ),
  ...ofKind('permission', 'permission permissiondenied accessdenied forbidden'),
  ...ofKind('unknown-model', 'modelnotfound unknownmodel invalidmodel modelnotsupported'),
  ...ofKind('rate-limited', 'ratelimit ratelimitexceeded resourceexhausted throttling toomanyrequests throttled'),
  ...ofKind('overloaded', 'overloaded engineoverloaded serveroverloaded slowdown'),
  ...ofKind('timeout', 'timeout deadlineexceeded requesttimeout gatewaytimeout modeltimeout'),
  ...ofKind('unavailable', 'api internal internalserver server unavailable serviceunavailable modelstream badgateway'),
};

/** What a part of a name tells, where nobody knows the whole of it: each server makes names of its own. */
const kindsByPart: readonly [RegExp, ModelErrorKind][] = [
  [/upstream|response/, 'unavailable'],
  [/apikey|credential|authenticat|unauthori/, 'authentication'],
  [/insufficient(balance|fund)|arrear|overduebalance/, 'spend-limit'],
  [/context(length|window|size)|(prompt|input)toolong/, 'too-long'],
  [/policy|moderation|safety|sensitive|prohibited|contentfilter|contentblocked|inspectionfailed/, 'bad-request'],
  [
    /^(invalid|unsupported|missing|malformed|illegal)[a-z]|(notfound|notimplemented|notsupported|notallowed)$/,
    'bad-request',
  ],
];

function ofKind(kind: ModelErrorKind, names: string): Record<string, ModelErrorKind> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}

/** What an error's name means, whichever way it is written; null: nothing that is known. */
export function kindByName(name: string | null): ModelErrorKind | null {
  const plain = (name ?? '')
    .slice(0, 100)
    .replace(/^.*[#.]/, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replace(/(error|exception)$/, '');
  if (Object.hasOwn(kindsByName, plain)) return kindsByName[plain]!;
  return kindsByPart.find(([part]) => part.test(plain))?.[1] ?? null;
}
