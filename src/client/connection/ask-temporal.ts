import { orUnreachable } from './or-unreachable.ts';
import type { Session } from './session.ts';
import type { TemporalConnection } from './temporal-connection.ts';

/** Asks Temporal once, over the session's connection. @throws UnreachableError when it does not answer; what the work throws */
export async function askTemporal<Result>(
  session: Session,
  work: (connection: TemporalConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await session.connect();
  return orUnreachable(connection.target, () => connection.calls.track(() => work(connection)));
}
