import { connect, type Server, type Socket } from 'node:net';

/**
 * Leads a connection to a Unix socket, by its path of that moment; one that nobody answers at ends the connection. Who says nothing is led
 * nowhere: it only looks whether somebody answers here.
 */
export function hopTo(socket: string): (client: Socket) => void {
  return (client) => {
    client.on('error', () => client.destroy());
    client.once('readable', () => {
      if (client.readableLength === 0) return void client.destroy();
      const way = connect({ path: socket, allowHalfOpen: true });
      const end = (): void => {
        client.destroy();
        way.destroy();
      };
      for (const each of [client, way]) each.on('error', end).on('close', end);
      client.pipe(way).pipe(client);
    });
  };
}

/** What closes a server that listens later, with the connections that it has then. */
export function closerOf(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}
