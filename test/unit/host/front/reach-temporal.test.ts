import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { knockLine } from '../../../../src/host/front/knock-line.ts';
import { reachTemporal } from '../../../../src/host/front/reach-temporal.ts';

const secret = 'the-secret-of-this-home';
const welcome = 'HTTP/1.1 200 Connection established\r\n\r\n';
let folder: string;
let socket: string;
let front: Server;
let heard: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaffer-relay-'));
  socket = join(folder, 'front');
  heard = '';
  front = await listen();
});
afterEach(() => {
  front.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A front that lets everybody in, and tells what it was asked first. */
async function listen(): Promise<Server> {
  const server = createServer((connection) => {
    connection
      .on('error', () => undefined)
      .once('data', (knock: Buffer) => {
        const [head, rest] = String(knock).split(/(?<=\r\n\r\n)/);
        heard += head;
        connection.write(welcome + (rest ?? ''));
        connection.pipe(connection);
      });
  });
  await once(server.listen(socket), 'listening');
  return server;
}

/** What comes back from a relay for these words. */
async function send(address: string, words: string): Promise<string> {
  const connection = connect(Number(address.split(':')[1]), '127.0.0.1');
  connection.on('error', () => undefined);
  connection.write(words);
  let answer = '';
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    answer += String(chunk);
    if (answer.endsWith('echoed')) break;
  }
  return answer;
}

const target = () => ({ address: '127.0.0.1:7233', namespace: 'default', socket, password: secret });

it('a server with a socket is reached by an address of this process, with a password of its own', async () => {
  const reached = await reachTemporal(target());
  expect(reached).not.toHaveProperty('socket');
  expect(reached.address).not.toBe('127.0.0.1:7233');
  expect(reached.password).not.toBe(secret);
  await expect(send(reached.address, `${knockLine(reached.password!)}echoed`)).resolves.toBe(`${welcome}echoed`);
  expect(heard).toBe(knockLine(secret));
  await expect(reachTemporal(target())).resolves.toEqual(reached);
});

it.each([
  ['no password', 'CONNECT gaffer.test:7233 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['the home’s secret', knockLine(secret)],
  ['a guess', knockLine('guess')],
])('nobody gets through with %s', async (_what, words) => {
  const { address } = await reachTemporal(target());
  await expect(send(address, words)).resolves.toMatch(/^HTTP\/1\.1 407 /);
  expect(heard).toBe('');
});

it('who asks for a page, or for another server, gets none', async () => {
  const { address, password } = await reachTemporal(target());
  await expect(send(address, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).resolves.toMatch(/ 404 /);
  const elsewhere = knockLine(password!).replace('CONNECT gaffer.test:7233', 'CONNECT 127.0.0.1:22');
  await expect(send(address, elsewhere)).resolves.toMatch(/^HTTP\/1\.1 403 /);
  expect(heard).toBe('');
});

it('the address outlives the front, and leads to the one that comes back', async () => {
  const { address, password } = await reachTemporal(target());
  front.close();
  await once(front, 'close');
  await expect(send(address, knockLine(password!))).resolves.toBe('');
  front = await listen();
  await expect(send(address, `${knockLine(password!)}echoed`)).resolves.toBe(`${welcome}echoed`);
});

it('the secret goes into no socket that somebody else could have made', async () => {
  const { address, password } = await reachTemporal(target());
  chmodSync(folder, 0o777);
  await expect(send(address, knockLine(password!))).resolves.toBe('');
  expect(heard).toBe('');
});

it('a server without a socket is reached as it is', async () => {
  const given = { address: 'temporal.example:7233', namespace: 'crew', tls: true };
  await expect(reachTemporal(given)).resolves.toEqual(given);
});
