import type { ErrorKind } from '../../domain/errors.ts';
import { GafferError, UnreachableError } from '../../domain/errors.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
import { nativeStatus } from './native-status.ts';
import { proxyOf } from './proxy-of.ts';
import { whyUnanswered, type Obstacle, type TlsWish } from './why-unanswered.ts';
import { TemporalRefusedError } from '../errors.ts';

/** Errors of the SDK that mean that nobody answered. */
const connectionErrors = /^(TransportError|ServiceError|GrpcServiceError)$|deadline|connect|UNAVAILABLE/i;
/** gRPC's codes for that: CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE. */
const unansweredCodes: readonly number[] = [1, 4, 14];
/** What is at the address broke off, or speaks another language. */
const brokenWords = /RST_STREAM|HTTP status|protocol|ECONN|socket|stream/i;

interface Refusal {
  code: string;
  kind: ErrorKind;
  /** What Temporal does, and the way out. */
  words: (target: TemporalTarget, details: string) => string;
}

/** gRPC's codes of a server that answers and says no. */
const refusals: Readonly<Record<number, Refusal>> = {
  3: { code: 'INVALID_ARGUMENT', kind: 'usage', words: (_, details) => `cannot mean this: ${details}` },
  5: {
    code: 'NOT_FOUND',
    kind: 'unreachable',
    words: ({ namespace }, details) =>
      `does not have this: ${details}; check TEMPORAL_NAMESPACE (${namespace}), or make it: temporal operator namespace create -n ${shellWord(namespace)}`,
  },
  7: {
    code: 'PERMISSION_DENIED',
    kind: 'refused',
    words: ({ namespace }, details) =>
      `does not allow this: ${details}; check what your key or certificate may do in the namespace ${namespace}`,
  },
  8: {
    code: 'RESOURCE_EXHAUSTED',
    kind: 'unreachable',
    words: (_, details) => `has too much to do: ${details}; try again in a moment`,
  },
  16: {
    code: 'UNAUTHENTICATED',
    kind: 'refused',
    words: (_, details) => `does not know who asks: ${details}; check TEMPORAL_API_KEY, or the client certificate`,
  },
};

/**
 * Does something that connects to Temporal.
 *
 * @throws UnreachableError naming the address when nobody answers there; TemporalRefusedError when it says no
 */
export async function orUnreachable<Result>(target: TemporalTarget, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const told = toTemporalError(error, target);
    throw told instanceof UnreachableError && target.socket === undefined ? await withReason(told, target) : told;
  }
}

/** The same, with what stands in the way, as far as it can be seen from here. */
async function withReason(told: UnreachableError, { address, tls }: TemporalTarget): Promise<GafferError> {
  const way = proxyOf(address, process.env);
  if (way !== null) {
    // What is seen from here directly says nothing of that way.
    const words = `a client goes there through the proxy ${way.proxy} (${way.variable}), a worker directly; check both, or name the host in no_proxy`;
    return new UnreachableError(`Temporal does not answer at ${address}: ${words}.`, { cause: told.cause });
  }
  const { what, reason } = await whyUnanswered(address, tls as TlsWish);
  const words = obstacles[what];
  return words === undefined
    ? told
    : new UnreachableError(`Temporal does not answer at ${address}: ${words(reason)}.`, { cause: told.cause });
}

const obstacles: Readonly<Partial<Record<Obstacle['what'], (reason: string) => string>>> = {
  'no-such-host': (reason) => `there is no such host (${reason}); check TEMPORAL_ADDRESS`,
  closed: (reason) =>
    `nothing listens there (${reason}); check TEMPORAL_ADDRESS, or unset it to use the embedded server`,
  'wants-tls': () => 'it speaks TLS, and we do not; set TEMPORAL_TLS=true, or TEMPORAL_API_KEY',
  'no-tls': () => 'it does not speak TLS, and we do; set TEMPORAL_TLS=false, or check the port in TEMPORAL_ADDRESS',
  untrusted: (reason) =>
    `its certificate is not trusted (${reason}); TEMPORAL_TLS_SERVER_CA_CERT_PATH names the authority that signed it`,
  'other-name': (reason) =>
    `its certificate is for another name (${reason}); check TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME`,
  expired: (reason) => `its certificate is out of date (${reason}); whoever runs the server has to renew it`,
  'wants-certificate': (reason) =>
    `it does not take our client certificate, or misses one (${reason}); check TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH`,
};

/**
 * What an error of a call of Temporal's is to people; any other stays what it is.
 *
 * @internal
 */
export function toTemporalError(error: unknown, target: TemporalTarget): unknown {
  if (!(error instanceof Error) || error instanceof GafferError) return error;
  const answer = answerOf(error);
  if (answer === null) {
    return connectionErrors.test(error.name) || connectionErrors.test(error.message)
      ? unreachable(error, target)
      : error;
  }
  const { code, details } = answer;
  const said = safeLine(details).slice(0, 300).replace(/\.$/, '') || 'it gives no reason';
  const refusal = refusals[code];
  if (refusal) {
    const message = `Temporal at ${target.address} ${refusal.words(target, said)}.`;
    return new TemporalRefusedError(message, { ...refusal, cause: error });
  }
  if (unansweredCodes.includes(code) || brokenWords.test(details)) return unreachable(error, target);
  const message = `Temporal at ${target.address} fails: ${said}.`;
  return new TemporalRefusedError(message, { code: String(code), kind: 'failed', cause: error });
}

/** What a server answered, whatever the SDK wrapped it in; null: nothing. */
function answerOf(error: Error): { code: number; details: string } | null {
  if (error.name === 'NamespaceNotFoundError') return { code: 5, details: error.message };
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const { code, details } = one as { code?: unknown; details?: unknown };
    if (typeof code === 'number' && typeof details === 'string') return { code, details };
    const answer = nativeStatus(one.message);
    if (answer !== null) return answer;
  }
  return null;
}

function unreachable(error: Error, { address }: TemporalTarget): UnreachableError {
  const message = `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS, or unset it to use the embedded server.`;
  return new UnreachableError(message, { cause: error });
}
