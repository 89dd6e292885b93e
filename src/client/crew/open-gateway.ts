import { randomUUID } from 'node:crypto';
import { UsageError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { processPlace } from '../../host/process-place.ts';
import type { Session } from '../connection/session.ts';

/** Where a gateway listens; one of them is there. */
export interface GatewayWishes {
  listen?: { host: string; port: number };
  /** Absolute path of a Unix socket. */
  socket?: string;
}

/**
 * A gateway in this process, with the accounts of its environment; it is closed with the session.
 *
 * @throws UsageError when there is no key, or it cannot listen there
 */
export async function openGateway(session: Session, { listen, socket }: GatewayWishes): Promise<Gateway> {
  const { config, databaseUrl, say, cleanup } = session;
  const { accounts, rateLimits } = config;
  if (Object.keys(accounts).length === 0)
    throw new UsageError('a gateway needs the key of a provider: set ANTHROPIC_API_KEY or OPENAI_API_KEY.');
  const { startGateway } = await import('../../gateway/start-gateway.ts');
  const places = [socket, listen && `${listen.host}:${listen.port}`].filter((place) => place !== undefined);
  const gateway = await startGateway({
    ...{ databaseUrl, accounts, rateLimits, say },
    ...(listen && { listen }),
    ...(socket !== undefined && { socket }),
    // One that is started again takes over at once from the one before, which cannot listen there any more. Machines may share a name.
    id: `${processPlace() ?? randomUUID()} ${places.join(' ')}`,
  }).catch((error: NodeJS.ErrnoException) => {
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(error.code ?? '')) throw error;
    throw new UsageError(`the gateway cannot listen at ${places.join(' or ')}: ${error.message}.`, { cause: error });
  });
  // Calls under way have had their time when the command closes it.
  cleanup.add(() => gateway.close(0));
  return gateway;
}
