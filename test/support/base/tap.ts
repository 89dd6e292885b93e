import { once } from 'node:events';
import type { AddressInfo, NetConnectOpts, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** A way to a server of this machine on which somebody listens. */
export interface Tap {
  port: number;
  close(): Promise<void>;
}

/** Opens a way to a server of this machine. `onPiece` is told of each piece of a connection, in bytes, before it is passed on. */
export async function openTap(behind: NetConnectOpts, onPiece: (bytes: number) => void): Promise<Tap> {
  const open = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    open.add(from);
    from.setNoDelay();
    from.on('data', (piece) => {
      onPiece(piece.length);
      to.write(piece);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect(behind);
    pass(client, upstream);
    pass(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
