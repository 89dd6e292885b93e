import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkPostAddress,
  checkPostUrl,
  guardedPost,
  type PostSettings,
} from '../../../../src/host/web/guarded-post.ts';

/** Numbers and words of addresses that lead to this machine, to its network, to metadata, or nowhere that is public. */
const hosts = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.255.255.255', '2130706433', '0x7f000001', '0x7f.1', '0x7f.0x0.0x0.0x1'],
  ...['017700000001', '0177.0.0.1', '0177.1', '127.0.0.1.', '127.000.000.001', '0', '0.0.0.0', '0.0.0.0.', '00', '0x0'],
  ...['10.0.0.1', '10.255.255.255', '0xa.1', '012.0.0.1', '167772161', '172.16.0.1', '172.31.255.255', '2886729729'],
  ...['192.168.0.1', '192.168.255.255', '0xc0a80001', '3232235521', '0300.0250.0.1', '169.254.169.254', '2852039166'],
  ...['0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518', '100.64.0.1', '100.127.255.255', '100.100.100.200'],
  ...['192.0.0.192', '192.0.2.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1'],
  ...['239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16', '0.1.2.3', '192.88.99.1'],
  ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ...['[::ffff:10.0.0.1]', '[::ffff:169.254.169.254]', '[::ffff:8.8.8.8]', '[::127.0.0.1]', '[::7f00:1]'],
  ...['[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::8.8.8.8]', '[64:ff9b:1::1]', '[2002:7f00:1::]'],
  ...['[2002:a00:1::]', '[2001:0:1::1]', '[2001:db8::1]', '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]'],
  ...['[fd12:3456:789a::1]', '[ff02::1]', '[ff00::]', '[100::1]', '[2606:4700::5efe:7f00:1]', '[3fff::1]', '[5f00::1]'],
  ...['172.16.255.1', '0xac100001', '0254.020.0.1', '10.1', '0x0a000001', '192.168.1', '3232235777', '0xc0.0xa8.0.1'],
  ...['[::ffff:c0a8:1]', '[0:0:0:0:0:ffff:a00:1]', '[64:ff9b::a9fe:a9fe]', '[2002:c0a8:1::]', '[fe80::a9fe:a9fe]'],
  ...['[fd20:ce::254]', '[::ffff:100.64.0.1]', '[2001:10::1]', '0xe0000001', '4294967295', '0xffffffff'],
  ...['\u2460\u2461\u2466.0.0.1', '127\u30020\u30020\u30021', '\uff11\uff12\uff17.0.0.1', '\u{1d7cf}27.0.0.1'],
];
const names = ['localhost', 'localhost.', 'a.localhost', 'LOCALHOST', 'metadata.google.internal', 'printer.local'];
const urls = [
  ...names.map((host) => `https://${host}/hook`),
  ...hosts.map((host) => `https://${host}/hook`),
  ...['http://a.example/', 'http://93.184.216.34/', 'http://a.example:443/', 'HTTP://A.EXAMPLE/', 'ftp://a.example/'],
  ...['file:///etc/passwd', 'gopher://a.example/', 'data:text/plain,a', 'javascript:alert(1)', 'ws://a.example/'],
  ...[
    'https://user@a.example/',
    'https://user:pass@a.example/',
    'https://:pass@a.example/',
    'https://a%40b:c@a.example/',
  ],
  ...['https://a.example:22/', 'https://a.example:8443/', 'https://a.example:80/', 'https://a.example:6379/'],
  ...['https://a.example:0/', 'https://a.example:65535/', '', ' ', '/hook', '//a.example/', 'https://', 'https:///'],
  ...['https://[::1/', 'https://a.example:99999/', 'https://%00/', 'https://a b/', 'a.example', 'localhost:443'],
  ...[
    'https://127.0.0.1:443/',
    'https://127.0.0.1#@a.example/',
    'https://127.0.0.1\\@a.example/',
    'https:\\\\127.0.0.1/',
  ],
  ...['https:127.0.0.1/', 'https:/127.0.0.1/', 'https://a.example@127.0.0.1/', 'https://a.example:443@127.0.0.1/'],
  ...[
    'https://\t127.0.0.1/',
    'https://127.0.0.1\n/',
    ' https://127.0.0.1/ ',
    'https://127。0。0。1/',
    'https://①27.1/',
  ],
  ...['https://0x7f.0.0.1/', 'https://0X7F000001/', 'https://[0:0:0:0:0:ffff:7f00:1]/', 'https://%31%32%37.0.0.1/'],
];

const settings = (more: Partial<PostSettings> = {}): PostSettings => ({ allow: [], headers: {}, body: '{}', ...more });
const post = (url: string, more: Partial<PostSettings> = {}) =>
  guardedPost(url, settings(more), new AbortController().signal);

async function serve(listener: RequestListener) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}/`, requests: () => requests };
}

describe('guardedPost', () => {
  it('has a table of 150 addresses that lead where nothing is sent', () => {
    expect(new Set(urls).size).toBe(urls.length);
    expect(urls.length).toBeGreaterThanOrEqual(150);
  });

  it.each(urls)('refuses %j before it looks anything up', async (url) => {
    const resolve = () => Promise.reject(new Error('it was looked up'));
    expect(() => checkPostUrl(url, settings())).toThrow(expect.objectContaining({ kind: 'refused' }));
    await expect(post(url, { resolve })).rejects.toMatchObject({ kind: 'refused' });
  });

  it.each([
    [['127.0.0.1']],
    [['93.184.216.34', '10.0.0.1']],
    [['10.0.0.1', '93.184.216.34']],
    [['2606:4700:4700::1111', '::1']],
    [['::ffff:127.0.0.1']],
    [['169.254.169.254']],
  ])('sends nothing to a name that leads to %j', async (addresses) => {
    const resolve = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    await expect(post('https://hook.example/', { resolve })).rejects.toMatchObject({ kind: 'refused' });
  });

  it('sends nothing when a name that was public has moved by the time of the next attempt', async () => {
    const target = await serve((_, response) => response.end());
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const resolve = async () => answers.shift()!.map((address) => ({ address, family: 4 }));
    await expect(post('https://hook.example/', { resolve, timeoutMs: 50 })).rejects.toMatchObject({
      kind: expect.stringMatching(/too-slow|unreachable/) as string,
    });
    await expect(post('https://hook.example/', { resolve })).rejects.toMatchObject({ kind: 'refused' });
    expect([answers, target.requests()]).toEqual([[], 0]);
  });

  it('reaches what was allowed by host and port, and says what it answered', async () => {
    const target = await serve((request, response) => {
      response.writeHead(request.method === 'POST' && request.headers['x-one'] === '1' ? 202 : 500).end('taken');
    });
    expect(await post(target.url, { allow: [target.host], headers: { 'x-one': '1' } })).toBe(202);
    await expect(post(target.url, { allow: ['127.0.0.1:1'] })).rejects.toMatchObject({ kind: 'refused' });
  });

  it('follows no redirect', async () => {
    const inner = await serve((_, response) => response.end('secret'));
    const outer = await serve((_, response) => response.writeHead(307, { Location: inner.url }).end());
    expect(await post(outer.url, { allow: [outer.host, inner.host] })).toBe(307);
    expect([outer.requests(), inner.requests()]).toEqual([1, 0]);
  });

  it('gives up on who takes too long, and reads little of who says too much', async () => {
    const silent = await serve(() => undefined);
    await expect(post(silent.url, { allow: [silent.host], timeoutMs: 100 })).rejects.toMatchObject({
      kind: 'too-slow',
    });
    let sent = 0;
    const endless = await serve((_, response) => {
      response.on('error', () => undefined);
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    });
    expect(await post(endless.url, { allow: [endless.host] })).toBe(200);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('checkPostAddress', () => {
  const resolvesTo = (...addresses: string[]) => ({
    allow: ['known.example:443'],
    resolve: async () => addresses.map((address) => ({ address, family: 4 })),
  });

  it('refuses a name that has an address which is not public, where it is written down', async () => {
    const asked = checkPostAddress('https://a.example/', resolvesTo('93.184.216.34', '10.0.0.7'));
    await expect(asked).rejects.toMatchObject({ name: 'WebError', kind: 'refused' });
  });

  it('takes public names, names that nobody answers for, and those that are allowed', async () => {
    const unknown = { allow: [], resolve: () => Promise.reject(new Error('ENOTFOUND')) };
    const taken = await Promise.all([
      checkPostAddress('https://a.example/', resolvesTo('93.184.216.34')),
      checkPostAddress('https://a.example/', unknown),
      checkPostAddress('https://known.example/', resolvesTo('10.0.0.7')),
    ]);
    expect(taken.map(({ hostname }) => hostname)).toEqual(['a.example', 'a.example', 'known.example']);
  });
});
