import { createServer, type Server } from 'node:net';
import { closerOf, hopTo } from './hop.ts';
import { insidePorts } from './relay.ts';

/** The gateway's port, where programs have no namespace of their own: one for all that run from this process. */
export interface HostPort {
  close(): Promise<void>;
}

let shared: { programs: number; socket: string; opening: Promise<() => void> } | undefined;

/**
 * Opens the gateway's port on this machine's own 127.0.0.1. Whoever else reaches that needs a token, as on every way to the gateway.
 *
 * @throws Error when something else has the port, or it leads elsewhere already
 */
export async function openHostPort(socket: string): Promise<HostPort> {
  if (shared && shared.socket !== socket)
    throw new Error(`port ${insidePorts.gateway} leads to another gateway: without a sandbox programs share it`);
  const own = (shared ??= { programs: 0, socket, opening: listen(socket) });
  own.programs++;
  const leave = async (): Promise<void> => {
    if (--own.programs > 0) return;
    if (shared === own) shared = undefined;
    (await own.opening)();
  };
  try {
    await own.opening;
  } catch (error) {
    if (shared === own) shared = undefined;
    throw error;
  }
  return { close: leave };
}

function listen(socket: string): Promise<() => void> {
  const server: Server = createServer({ allowHalfOpen: true }, hopTo(socket));
  const close = closerOf(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(insidePorts.gateway, '127.0.0.1', () => resolve(close));
  });
}
