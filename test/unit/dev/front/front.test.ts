import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFront } from '../../../../src/dev/front/front.ts';
import { createTokenDoor, mintToken } from '../../../../src/dev/front/front-link.ts';
import { isServed } from '../../../../src/dev/front/knock.ts';
import { isSameSecret } from '../../../../src/host/front/is-same-secret.ts';
import { knockLine } from '../../../../src/host/front/knock-line.ts';

const key = { secret: 'the-secret-of-this-home', front: 'boot:1' };
const password = 'of-this-start';
const seen: IncomingMessage[] = [];
// A Web UI and a server of the protocol, as far as the front sees them.
const webUi = createServer((asked, response) => {
  seen.push(asked);
  response.end(`page ${asked.url}`);
});
const protocol = createTcpServer((socket) => socket.pipe(socket));
let front: ReturnType<typeof createFront>;
let port: number;
let folder: string;
let socketPath: string;

beforeAll(async () => {
  for (const server of [webUi, protocol]) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [uiPort, grpcPort] = [webUi, protocol].map((server) => (server.address() as AddressInfo).port);
  front = createFront({ ...key, password, port: grpcPort!, uiPort: uiPort! });
  await once(front.people.listen(0, '127.0.0.1'), 'listening');
  port = (front.people.address() as AddressInfo).port;
  folder = mkdtempSync(join(tmpdir(), 'gaffer-front-'));
  socketPath = join(folder, 'own');
  await once(front.own.listen(socketPath), 'listening');
});
afterAll(() => {
  for (const door of [front.people, front.own]) door.closeAllConnections();
  for (const server of [front.people, front.own, webUi, protocol]) server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: string;
  headers: IncomingMessage['headers'];
}

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, body: await text(response), headers: response.headers };
}

/** What comes back for bytes that are sent as they are. */
async function send(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.end(bytes);
  return text(socket).catch(() => '');
}

const pathWith = (token: string): string => `/namespaces/default/workflows?query=a%20b&gaffer=${token}`;
const enter = async (): Promise<string> => {
  const { headers } = await ask(pathWith(mintToken(key)));
  return headers['set-cookie']![0]!.split(';')[0]!;
};

describe('the Web UI behind the front', () => {
  it('is opened by a link, with a cookie that only this server gets to see', async () => {
    const { status, body, headers } = await ask(pathWith(mintToken(key)));
    expect(status).toBe(200);
    expect(body).toContain('url=/namespaces/default/workflows?query=a+b"');
    expect(headers['set-cookie']![0]).toMatch(/; HttpOnly; SameSite=Strict;/);
    const cookie = headers['set-cookie']![0]!.split(';')[0]!;
    await expect(ask('/namespaces', { cookie: `_csrf=x; ${cookie}` })).resolves.toMatchObject({
      status: 200,
      body: 'page /namespaces',
    });
    expect(seen.at(-1)!.headers.cookie).toBe('_csrf=x');
  });

  it('is opened once by a link, and by no other than ours', async () => {
    const token = mintToken(key);
    const before = seen.length;
    await expect(ask(pathWith(token))).resolves.toMatchObject({ status: 200 });
    const others = [
      token,
      mintToken({ ...key, front: 'boot:2' }),
      mintToken({ ...key, secret: 'another' }),
      mintToken(key, Date.now() - 25 * 60 * 60_000),
      mintToken(key).replace(/^./, 'z'),
      `${mintToken(key)}x`,
      '',
      '..',
    ];
    for (const other of others) {
      await expect(ask(pathWith(other)), other).resolves.toMatchObject({
        status: 401,
        body: expect.stringContaining('gaffer ui'),
      });
    }
    for (const method of ['HEAD', 'POST']) {
      await expect(ask(pathWith(mintToken(key)), {}, method), method).resolves.toMatchObject({ status: 401 });
    }
    expect(seen).toHaveLength(before);
  });

  it('takes a used link of whoever is in already', async () => {
    const token = mintToken(key);
    const { headers } = await ask(pathWith(token));
    const cookie = headers['set-cookie']![0]!.split(';')[0]!;
    const again = await ask(pathWith(token), { cookie });
    expect(again).toMatchObject({ status: 200 });
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  it('answers nobody without a cookie, or with a guessed one', async () => {
    const [name] = (await enter()).split('=');
    for (const cookie of ['', 'gaffer=x', `${name}=`, `${name}=x`, 'constructor=1']) {
      await expect(ask('/api/v1/namespaces', { cookie })).resolves.toMatchObject({ status: 401 });
    }
  });

  it.each([
    ['a Host of somebody else’s', { host: 'evil.example' }],
    ['a Host that begins like ours', { host: '127.0.0.1.evil.example:80' }],
    ['a Host that ends like ours', { host: 'evil.localhost' }],
    ['another page’s Origin', { origin: 'http://evil.example' }],
    ['an Origin of another port', { origin: 'http://127.0.0.1:1' }],
    ['an Origin that is none', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }],
  ])('refuses %s, cookie or not', async (_what, headers) => {
    const cookie = await enter();
    const before = seen.length;
    for (const method of ['GET', 'POST']) {
      await expect(ask('/api/v1/namespaces', { cookie, ...headers }, method)).resolves.toMatchObject({ status: 403 });
      await expect(ask('/api/v1/namespaces', headers, method)).resolves.toMatchObject({ status: 403 });
    }
    expect(seen).toHaveLength(before);
  });

  it('opens for a link that was clicked on another page, and for nothing that such a page fetches', async () => {
    const from = { 'sec-fetch-site': 'cross-site' };
    await expect(ask(pathWith(mintToken(key)), from)).resolves.toMatchObject({ status: 403 });
    await expect(ask(pathWith(mintToken(key)), { ...from, 'sec-fetch-dest': 'iframe' })).resolves.toMatchObject({
      status: 403,
    });
    await expect(ask(pathWith(mintToken(key)), { ...from, 'sec-fetch-dest': 'document' })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('leads nowhere else', async () => {
    const { body } = await ask(`//evil.example/%22%3E<script>?gaffer=${mintToken(key)}`);
    expect(body).toMatch(/url=\/evil\.example\//);
    expect(body).not.toContain('<script>');
  });
});

describe('the server behind the front', () => {
  it('is had by CONNECT at its socket with the secret, at its port with the password of this start', async () => {
    const target = { address: `127.0.0.1:${port}`, namespace: 'default', socket: socketPath };
    await expect(isServed({ ...target, password: key.secret })).resolves.toBe(true);
    for (const wrong of [password, '', 'guess'])
      await expect(isServed({ ...target, password: wrong })).resolves.toBe(false);
    await expect(send(`${knockLine(password)}echoed`)).resolves.toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nechoed$/);
    await expect(send(knockLine(key.secret))).resolves.toMatch(/^HTTP\/1\.1 407 /);
  });

  it('shows nothing else at its socket', async () => {
    const asked = request({ socketPath, path: pathWith(mintToken(key)), agent: false });
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(404);
  });

  it.each([
    ['without a password', 'gaffer.test:7233', '', 407],
    ['with a wrong one', 'gaffer.test:7233', 'gaffer:guess', 407],
    ['with half of it', 'gaffer.test:7233', `gaffer:${password.slice(0, -1)}`, 407],
    ['as somebody else', 'gaffer.test:7233', `root:${password}`, 407],
    ['to be led elsewhere', '127.0.0.1:22', `gaffer:${password}`, 403],
  ])('is not had %s', async (_how, target, credentials, status) => {
    const line = credentials && `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
    await expect(send(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n${line}\r\n`)).resolves.toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} `),
    );
  });

  it('survives what is no request', async () => {
    const strange = [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'GET // HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      'GET /%zz?%zz&gaffer=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: localhost\r\nCookie: \xff\x80=\xfe\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
      'CONNECT  HTTP/1.1\r\n\r\n',
      '\x16\x03\x01\x00',
      `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
    ];
    for (const bytes of strange) await send(bytes);
    await expect(ask('/', {})).resolves.toMatchObject({ status: 401 });
  });
});

describe('a token', () => {
  it('opens until it is a day old', () => {
    const start = 1_700_000_000_000;
    const token = mintToken(key, start);
    expect(createTokenDoor(key)(token, start + 24 * 60 * 60_000)).toBe(false);
    expect(createTokenDoor(key)(token, start + 24 * 60 * 60_000 - 1)).toBe(true);
  });

  it('holds nothing of the secret', () => {
    expect(mintToken(key)).not.toContain(key.secret);
    expect([isSameSecret('a', 'a'), isSameSecret('a', 'b'), isSameSecret('a', '')]).toEqual([true, false, false]);
  });
});
