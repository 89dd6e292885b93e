import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAnthropicModel } from '../../../src/models/anthropic.ts';
import { answering, call, failureOf } from './model-fixture.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('createLeanFetch', () => {
  it('goes through the proxy of the environment, except to this machine', async () => {
    const { server, model } = await answering({ text: 'Hello.' });
    const tunnels: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      tunnels.push(request.url!);
      const target = connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      socket.pipe(target).pipe(socket);
      for (const end of [socket, target]) end.on('error', () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('http_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    vi.stubEnv('no_proxy', '');
    const remote = createAnthropicModel({ apiKey: 'k', baseURL: 'http://models.example' });
    await expect(call(remote)).resolves.toMatchObject({ content: [{ text: 'Hello.' }] });
    await call(createAnthropicModel({ apiKey: 'k', baseURL: server.url }));
    await call(model);
    for (const host of ['localhost', 'model.localhost.', '[::ffff:127.0.0.1]', '0.0.0.0'])
      await call(createAnthropicModel({ apiKey: 'k', baseURL: `http://${host}:${server.port}` })).catch(
        () => undefined,
      );
    expect(tunnels).toEqual(['models.example:80']);
    proxy.close();
  });

  it('follows no redirect: the key goes nowhere else', async () => {
    const other = await answering({ text: 'Caught a key.' });
    const redirecting = createServer((_, response) => {
      response.writeHead(307, { location: `${other.server.url}/v1/messages` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const baseURL = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    const failure = await failureOf(call(createAnthropicModel({ apiKey: 'k', baseURL })));
    expect(failure).toMatchObject({ kind: 'wrong-server', status: 307 });
    expect(other.server.requests).toHaveLength(0);
    redirecting.close();
  });
});
