import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FetchSettings } from '../../../../src/host/web/guarded-fetch.ts';
import { lineOf } from '../../../../src/domain/tools/canonical-call.ts';
import type { ToolCall } from '../../../../src/tools/tool.ts';
import { createWebTool } from '../../../../src/tools/web/web.ts';
import { toolCall } from '../../../support/tools/tool-call.ts';
import { workClock } from '../../../support/base/patience.ts';

const fetchPage = (url: string, settings: Partial<FetchSettings> = {}) =>
  createWebTool({ allow: [], ...settings }).run({ url }, toolCall(), new AbortController().signal);

/** A server on loopback that counts its requests. */
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
  const { port } = server.address() as AddressInfo;
  return { port, allow: [`127.0.0.1:${port}`], url: `http://127.0.0.1:${port}/`, requests: () => requests };
}

describe('the web tool against forged addresses', () => {
  // All of these are 127.0.0.1, another private address, or a scheme or port that is not fetched.
  it.each([
    ...[
      'http://127.0.0.1/',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0x7f.1/',
      'http://017700000001/',
    ],
    ...[
      'http://0177.0.0.1/',
      'http://127.0.0.1./',
      'http://0/',
      'http://[::1]/',
      'http://[::]/',
      'http://[::ffff:127.0.0.1]/',
    ],
    ...[
      'http://[0:0:0:0:0:ffff:7f00:1]/',
      'http://[::ffff:7f00:1]/',
      'http://[64:ff9b::7f00:1]/',
      'http://[2002:7f00:1::]/',
    ],
    ...[
      'http://\u2460\u2461\u2466.0.0.1/',
      'http://127\u30020\u30020\u30021/',
      'http://169.254.169.254/latest/meta-data/',
    ],
    ...['http://localhost/', 'http://10.0.0.1/', 'http://192.168.0.1/', 'http://[fd00::1]/', 'http://[fe80::1]/'],
    ...['http://8.8.8.8:22/', 'https://example.com:8443/', 'http://user:pass@example.com/', 'http://user@example.com/'],
    ...[
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://127.0.0.1/',
      'data:text/html,x',
      'javascript:1',
      'dict://127.0.0.1:1/',
    ],
    ...['http://', '//example.com', 'example.com', '', 'http://[fe80::1%25eth0]/'],
  ])('refuses %s', async (url) => {
    const output = await fetchPage(url);
    expect(output.isError, output.content).toBe(true);
    expect(output.content).toMatch(/refused|not a public|no address|Bad input/);
  });

  it('refuses a name as soon as one of its addresses is not public', async () => {
    const site = await serve((_request, response) => response.end('secret'));
    const resolve = () =>
      Promise.resolve([
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    const output = await fetchPage('http://rebind.test/', { resolve });
    expect(output.content).toContain('rebind.test (127.0.0.1) is not a public address');
    expect(site.requests()).toBe(0);
  });

  it('refuses a redirect to what is not public, and a fourth one', async () => {
    const inner = await serve((_request, response) => response.end('secret'));
    const outer = await serve((request, response) => {
      const target = request.url === '/loop' ? '/loop' : inner.url;
      response.writeHead(302, { location: target }).end();
    });
    for (const target of [outer.url]) {
      const output = await fetchPage(target, { allow: outer.allow });
      expect(output.content).toMatch(/Not fetched: port \d+ is refused/);
    }
    expect(inner.requests()).toBe(0);
    expect((await fetchPage(`${outer.url}loop`, { allow: outer.allow })).content).toContain('more than 3 times');
    expect(outer.requests()).toBe(5);
  });

  it('refuses a redirect to loopback on an ordinary port', async () => {
    const outer = await serve((_request, response) => response.writeHead(301, { location: 'http://127.1/' }).end());
    expect((await fetchPage(outer.url, { allow: outer.allow })).content).toContain('127.0.0.1 is not a public address');
  });

  it('asks the policy of each address that it is led to, the first in its one form', async () => {
    const site = await serve((request, response) => {
      if (request.url === '/from') return void response.writeHead(302, { location: '/x/../%73ecret' }).end();
      response.writeHead(200, { 'content-type': 'text/plain' }).end('secret');
    });
    const asked: string[] = [];
    const objection: ToolCall['objection'] = (touched, place) => {
      asked.push(`${place} ${lineOf(touched)}`);
      return lineOf(touched).endsWith('/secret') ? 'no' : null;
    };
    const tool = createWebTool({ allow: site.allow });
    const url = `HTTP://127.1:${site.port}/from#x`;
    const output = await tool.run({ url }, toolCall({ objection }), new AbortController().signal);
    expect(output).toEqual({ content: 'Not fetched: no.', isError: true });
    expect(asked).toEqual([`itself web ${site.url}from`, `itself web ${site.url}secret`]);
    expect(site.requests()).toBe(1);
  });

  it('lets what was allowed be reached under that name and port only', async () => {
    const site = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).end('hello'),
    );
    expect((await fetchPage(site.url, { allow: site.allow })).content).toBe(`${site.url} (status 200)\n\nhello`);
    expect((await fetchPage(site.url.replace('127.0.0.1', 'localhost'), { allow: site.allow })).isError).toBe(true);
    expect((await fetchPage(site.url, { allow: [`127.0.0.1:${site.port + 1}`] })).isError).toBe(true);
    expect(site.requests()).toBe(1);
  });
});

describe('the web tool', () => {
  it('turns HTML into text with its links, without scripts and terminal escapes', async () => {
    const html =
      '<html><head><title>t</title><script>bad()</script><style>b{}</style></head><body><h1>Big</h1><p>A <b>b</b> <a href="/x">link</a>\u001B[31m\u202E</p></body></html>';
    const site = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html),
    );
    expect((await fetchPage(site.url, { allow: site.allow })).content).toBe(
      `${site.url} (status 200)\n\nBig\n\nA b link [/x]`,
    );
  });

  it.each([
    { name: 'nested tags', html: '<div>'.repeat(100_000) },
    { name: 'open brackets', html: '<'.repeat(2_000_000) },
    { name: 'attributes', html: `<a ${'x="" '.repeat(300_000)}>` },
    { name: 'list items', html: `<ul>${'<li>x'.repeat(200_000)}` },
  ])('stays quick on a page of nothing but $name', async ({ html }) => {
    const site = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(html),
    );
    const workedMs = workClock();
    const output = await fetchPage(site.url, { allow: site.allow });
    expect(Buffer.byteLength(output.content)).toBeLessThanOrEqual(32_000);
    // One step for each pair of them takes minutes.
    expect(workedMs()).toBeLessThan(10_000);
  });

  it('gives JSON as it is, shortened to 32 KB, and an error page as an error', async () => {
    const site = await serve((request, response) => {
      const isMissing = request.url === '/missing';
      response.writeHead(isMissing ? 404 : 200, { 'content-type': 'application/json' });
      response.end(isMissing ? '{"no":1}' : JSON.stringify({ x: '\u4e16'.repeat(50_000) }));
    });
    const long = await fetchPage(site.url, { allow: site.allow });
    expect(long.content).toContain('{"x":"\u4e16');
    expect(long.content).toContain('[shortened: 1500');
    expect(Buffer.byteLength(long.content)).toBeLessThanOrEqual(32_000);
    const missing = await fetchPage(`${site.url}missing`, { allow: site.allow });
    expect(missing).toMatchObject({ isError: true, content: expect.stringContaining('(status 404)\n\n{"no":1}') });
  });

  it('refuses what is no text, what is too big even when packed, and what takes too long', async () => {
    const site = await serve((request, response) => {
      if (request.url === '/slow') return void response.writeHead(200, { 'content-type': 'text/plain' }).write('x');
      if (request.url === '/image') return void response.writeHead(200, { 'content-type': 'image/png' }).end('x');
      response
        .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(50_000_000)));
    });
    expect((await fetchPage(`${site.url}image`, { allow: site.allow })).content).toContain(
      'image/png, which is not text',
    );
    expect((await fetchPage(`${site.url}bomb`, { allow: site.allow })).content).toContain('bigger than 2 MB');
    expect((await fetchPage(`${site.url}slow`, { allow: site.allow, timeoutMs: 300 })).content).toContain(
      'longer than 0.3 s',
    );
  });

  it('sends no cookies and no credentials, and ends when aborted', async () => {
    const seen: string[] = [];
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const site = await serve((request, response) => {
      seen.push(...Object.keys(request.headers), request.method!);
      if (request.url === '/hang') return controller.abort(reason);
      response.writeHead(302, { location: '/hang', 'set-cookie': 'a=b' }).end();
    });
    const tool = createWebTool({ allow: site.allow });
    await expect(tool.run({ url: site.url }, toolCall(), controller.signal)).rejects.toBe(reason);
    expect(seen).toContain('GET');
    expect(seen.filter((name) => /cookie|authorization|referer/.test(name))).toEqual([]);
  });

  it.each([{}, { url: 1 }, { url: 'http://x', headers: {} }, { url: 'x'.repeat(5000) }])(
    'answers %j with what it expected',
    async (input) => {
      const output = await createWebTool({ allow: [] }).run(input, toolCall(), new AbortController().signal);
      expect(output).toMatchObject({ isError: true, content: expect.stringContaining('Bad input') });
    },
  );
});
