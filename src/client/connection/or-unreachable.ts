import { GafferError, UnreachableError } from '../../domain/errors.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';

/** Errors of the SDK that mean that nobody answered. */
const connectionErrors = /^(TransportError|ServiceError|GrpcServiceError)$|deadline|connect|UNAVAILABLE/i;

/** Does something that connects to Temporal. @throws UnreachableError naming the address when nobody answers there */
export async function orUnreachable<Result>({ address }: TemporalTarget, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isConnection =
      error instanceof Error && (connectionErrors.test(error.name) || connectionErrors.test(error.message));
    if (!isConnection || error instanceof GafferError) throw error;
    const message = `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS, or unset it to use the embedded server.`;
    throw new UnreachableError(message, { cause: error });
  }
}
