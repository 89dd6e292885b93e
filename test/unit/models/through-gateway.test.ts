import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { throughGateway } from '../../../src/models/gateway/through-gateway.ts';
import type { ModelClient, ModelRequest } from '../../../src/models/model.ts';
import { modelProviders } from '../../../src/models/registry.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { aRequest, call, failureOf } from './model-fixture.ts';

const runKey = 'crew/run:0190a1b2-0000-7000-8000-000000000001';
const request = (changes: Partial<ModelRequest> = {}): ModelRequest =>
  aRequest({ callKey: `${runKey}/plan/a~2/3/0/shorter-1`, ...changes });

interface Asked {
  line: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server that refuses everything with 529, at a port and at a socket. */
async function refusing() {
  const asked: Asked[] = [];
  const listener = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    incoming.on('end', () => {
      asked.push({ line: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body });
      response.writeHead(incoming.method === 'DELETE' ? 204 : 529).end();
    });
  });
  const other = createServer((incoming, response) => void listener.emit('request', incoming, response));
  const socket = join(tempFolder(), 's');
  await Promise.all([once(listener.listen(socket), 'listening'), once(other.listen(0, '127.0.0.1'), 'listening')]);
  onTestFinished(() => {
    for (const server of [listener, other]) {
      server.close();
      server.closeAllConnections();
    }
  });
  return { asked, socket, url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` };
}

const providerOf = (name: string) => modelProviders.find((provider) => provider.name === name)!;
const up = (): Promise<void> => Promise.resolve();

function clientOf(name: string, socket: string, ready: (signal: AbortSignal) => Promise<void> = up): ModelClient {
  const gateway = { socket, gate: 'gate' };
  const client = providerOf(name).createClient({ apiKey: 'token', baseURL: 'http://the-provider.test/v1', gateway });
  return throughGateway(client, { name, gateway, apiKey: 'token' }, ready);
}

describe('a client through a gateway', () => {
  it.each([
    ['anthropic', '', ['POST /provider/anthropic/v1/messages']],
    ['openai', '/v1', ['POST /provider/openai/v1/responses']],
  ])('of %s asks by a path of its provider, with the bytes of one without', async (name, version, lines) => {
    const { asked, socket, url } = await refusing();
    await failureOf(call(clientOf(name, socket), request()));
    const through = asked.splice(0);
    expect(through.map(({ line }) => line)).toEqual(lines);
    await failureOf(call(providerOf(name).createClient({ apiKey: 'token', baseURL: `${url}${version}` }), request()));
    expect(asked.map(({ line }) => line)).toEqual(lines.map((line) => line.replace(`/provider/${name}`, '')));
    expect(through.map(({ body }) => body)).toEqual(asked.map(({ body }) => body));
    const { 'gaffer-call': intent, host, ...headers } = through[0]!.headers;
    const { host: ownHost, ...own } = asked[0]!.headers;
    expect(headers).toEqual(own);
    expect(host).not.toBe(ownHost);
    expect(intent).toBe(`${encodeURIComponent(runKey)}|${encodeURIComponent('plan/a~2/3/0')}|`);
  });

  it('tells what the provider refuses in the provider’s name', async () => {
    const { socket } = await refusing();
    const error = await failureOf(call(clientOf('anthropic', socket), request()));
    expect(error).toMatchObject({ kind: 'overloaded', status: 529 });
  });

  it('finds a gateway that is not there to be passing, and says that it is the gateway', async () => {
    const error = await failureOf(call(clientOf('anthropic', join(tempFolder(), 's')), request()));
    expect(error).toMatchObject({ kind: 'unavailable', isPassing: true });
    expect(error.message).toMatch(/the gateway of models does not answer \(.*ENOENT/);
  });

  it('does not ask before the gateway is up', async () => {
    const { asked, socket } = await refusing();
    const down = (): Promise<void> => Promise.reject(new Error('it did not come up'));
    const error = await failureOf(call(clientOf('anthropic', socket, down), request()));
    expect(error).toMatchObject({ kind: 'unavailable' });
    expect(error.message).toContain('it did not come up');
    expect(asked).toEqual([]);
  });

  it('says which call nobody wants any more', async () => {
    const { asked, socket } = await refusing();
    await clientOf('anthropic', socket).giveUp!(request().callKey);
    expect(asked).toMatchObject([
      { line: 'DELETE /provider/anthropic/call', headers: { authorization: 'Bearer token' } },
    ]);
    expect(asked[0]!.headers['gaffer-call']).toContain(encodeURIComponent('plan/a~2/3/0'));
  });
});
