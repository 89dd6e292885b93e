import type { ErrorKind } from '../../domain/errors.ts';
import { GafferError, UnreachableError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
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
    words: ({ namespace }, details) => `does not have this: ${details}; check TEMPORAL_NAMESPACE (${namespace})`,
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
    throw toTemporalError(error, target);
  }
}

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
  const said = safeLine(details).slice(0, 300) || 'it gives no reason';
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
  }
  return null;
}

function unreachable(error: Error, { address }: TemporalTarget): UnreachableError {
  const message = `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS, or unset it to use the embedded server.`;
  return new UnreachableError(message, { cause: error });
}
