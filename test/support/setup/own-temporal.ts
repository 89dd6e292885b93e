import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { frontedName, type TemporalTarget } from '../../../src/domain/temporal-target.ts';
import { credentialsOf } from '../../../src/host/front/knock-line.ts';
import { reachTemporal } from '../../../src/host/front/reach-temporal.ts';

/** Has an embedded server answer everybody at an address of its own: for what is said of a Temporal that somebody brings. */
export async function openToEverybody(target: TemporalTarget): Promise<string> {
  const { address, password = '' } = await reachTemporal(target);
  const server = createServer((socket) => {
    const [host, port] = address.split(':');
    const headers = { 'proxy-authorization': credentialsOf(password) };
    const knock = request({ host, port, method: 'CONNECT', path: frontedName, agent: false, headers });
    knock.once('connect', (_response, behind, head) => {
      // The server's first words may come with the front's.
      socket.write(head);
      behind.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => behind.destroy());
      socket.pipe(behind).pipe(socket);
    });
    knock.on('error', () => socket.destroy());
    socket.on('error', () => knock.destroy());
    knock.end();
  });
  server.unref();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
