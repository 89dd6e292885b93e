import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCodecServer } from '../../../../src/host/payloads/codec-server.ts';
import { createPayloadCodec } from '../../../../src/host/payloads/payload-keys.ts';

const keys = { one: randomBytes(32).toString('base64') };
const codec = createPayloadCodec({ keys, current: 'one' });
const token = randomBytes(32).toString('base64url');
const ui = 'https://temporal.example.org';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"secret"') };

let server: Server;
beforeAll(async () => {
  server = createCodecServer({ codec, token, origins: [ui], hosts: ['127.0.0.1', 'localhost'] });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

async function ask({ path = `/${token}/decode`, method = 'POST', headers = {}, body = '{"payloads":[]}' }: Asked) {
  const { port } = server.address() as AddressInfo;
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { 'content-type': 'application/json', ...headers },
  });
  // What is refused at once may be answered before all of it is sent: the rest of it goes nowhere.
  asked.on('error', () => undefined);
  asked.end(method === 'POST' ? body : undefined);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() };
}

describe('a codec server', () => {
  it('encrypts and opens as the workers do, for the path and for a bearer', async () => {
    const encrypted = await ask({ path: `/${token}/encode`, body: JSON.stringify({ payloads: [plain, {}] }) });
    expect(encrypted.status).toBe(200);
    expect(encrypted.text).not.toContain(plain.data);
    const headers = { authorization: `Bearer ${token}`, origin: ui };
    const opened = await ask({ path: '/decode', headers, body: encrypted.text });
    expect(JSON.parse(opened.text)).toEqual({ payloads: [plain, { metadata: {}, data: '' }] });
    expect(opened.headers).toMatchObject({ 'access-control-allow-origin': ui, 'cache-control': 'no-store' });
  });

  it('gives back what it cannot open, beside what it can', async () => {
    const [foreign] = await createPayloadCodec({ keys: { two: keys.one }, current: 'two' }).encode([{}]);
    const [ours] = await codec.encode([{ data: Buffer.from('1') }]);
    const payloads = [foreign!, ours!].map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata!).map(([name, value]) => [name, base64(String(value))])),
      data: Buffer.from(data!).toString('base64'),
    }));
    const { text } = await ask({ body: JSON.stringify({ payloads }) });
    expect(JSON.parse(text)).toEqual({ payloads: [payloads[0], { metadata: {}, data: base64('1') }] });
  });

  it('answers what a browser asks before it asks, and says nothing of the token by it', async () => {
    const headers = { origin: ui, 'access-control-request-method': 'POST' };
    for (const path of [`/${token}/decode`, '/wrong/decode', '/decode']) {
      const preflight = await ask({ method: 'OPTIONS', path, headers });
      expect(preflight).toMatchObject({ status: 204, text: '' });
      expect(preflight.headers).toMatchObject({
        'access-control-allow-origin': ui,
        'access-control-allow-headers': 'Authorization, Content-Type, X-Namespace',
      });
    }
  });

  const strangers: [string, Asked, number][] = [
    ['without a token', { path: '/decode' }, 401],
    ['with another token', { path: `/${'x'.repeat(43)}/decode` }, 401],
    ['with the beginning of the token', { path: `/${token.slice(0, -1)}/decode` }, 401],
    ['with another bearer', { path: '/decode', headers: { authorization: 'Bearer x' } }, 401],
    ['with an empty bearer', { path: '//decode', headers: { authorization: 'Bearer ' } }, 401],
    ['from another page', { headers: { origin: 'https://evil.example' } }, 403],
    ['from another page, before it asks', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } }, 403],
    ['from the Web UI without TLS', { headers: { origin: 'http://temporal.example.org' } }, 403],
    ['from the Web UI at another port', { headers: { origin: `${ui}:444` } }, 403],
    ['from a page without an origin of its own', { headers: { origin: 'null' } }, 403],
    ['from a browser without an origin', { headers: { 'sec-fetch-mode': 'no-cors' } }, 403],
    ['by another name (DNS rebinding)', { headers: { host: 'evil.example:8081', origin: ui } }, 403],
    ['by another name and no origin', { headers: { host: 'evil.example' } }, 403],
    ['with GET', { method: 'GET' }, 405],
    ['for something else', { path: `/${token}/keys` }, 404],
    ['as a form', { headers: { 'content-type': 'text/plain' } }, 415],
    ['with no JSON', { body: '{' }, 400],
    ['with a list', { body: '[]' }, 400],
    ['with payloads that are none', { body: '{"payloads":[1]}' }, 400],
    ['with metadata that are no text', { body: '{"payloads":[{"metadata":{"encoding":1}}]}' }, 400],
    ['with too much', { body: `{"payloads":["${'x'.repeat(17 * 1024 * 1024)}"]}` }, 413],
  ];
  it.each(strangers)('refuses whoever comes %s', async (_, asked, status) => {
    const answer = await ask(asked);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ message: expect.any(String) as string });
    if (status === 403) expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
