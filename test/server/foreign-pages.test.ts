import { connect } from 'node:net';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../support/base/chromium.ts';
import { writeProject } from '../support/command/cli.ts';
import { foreignHosts, foreignOrigins, publicUrls } from '../support/server/foreign-names.ts';
import { inTens } from '../support/server/operations.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

let env: ServiceEnv;
let port: string;
beforeAll(async () => {
  env = await openServiceEnv({ withWorker: false, serve: { publicUrls } });
  writeProject(env.workspace);
  ({ port } = new URL(env.service.url));
});
afterAll(() => env.close());

const here = (name: string): string => name.replaceAll('7450', port);
/** Sends the line and the headers as they are, with a valid key. @returns the status */
const send = (line: string, headers: string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    let heard = '';
    const key = `Authorization: Bearer ${env.key}`;
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write(`${[`${line} HTTP/1.1`, ...headers, key, 'Connection: close'].join('\r\n')}\r\n\r\n`),
    );
    socket.on('data', (data) => (heard += String(data)));
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+) /.exec(heard)?.[1])));
    socket.on('error', reject);
  });

describe('over a socket, with a valid key', () => {
  it('nothing but the own names is answered', async () => {
    expect(new Set(foreignHosts).size).toBeGreaterThanOrEqual(40);
    for (const host of ['localhost:7450', '127.0.0.1:7450', '[::1]:7450', 'gaffer.example', 'inside.example:8080'])
      expect([host, await send('GET /api/session', [`Host: ${here(host)}`])]).toEqual([host, 200]);
    await inTens(foreignHosts, async (host) => {
      // What is no host at all is none of HTTP either.
      expect([400, 421], host).toContain(await send('GET /api/session', [`Host: ${here(host)}`]));
    });
  });

  it('no page of another origin is answered, whether it reads or writes', async () => {
    expect(new Set(foreignOrigins).size).toBeGreaterThanOrEqual(40);
    const host = here('Host: localhost:7450');
    expect(await send('GET /api/session', [host, here('Origin: http://localhost:7450')])).toBe(200);
    await inTens(foreignOrigins, async (origin) => {
      for (const line of ['GET /api/session', 'POST /api/runs/none/pause', 'DELETE /api/runs/none'])
        expect([origin, line, await send(line, [host, `Origin: ${here(origin)}`])]).toEqual([origin, line, 403]);
    });
  });
});

const executablePath = findChromium();
const hint = executablePath ? '' : ' (not tried: there is no Chromium here, `apt install chromium` brings it)';

describe.skipIf(!executablePath)(`a page in Chromium${hint}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = ['--no-sandbox', '--host-resolver-rules=MAP evil.example 127.0.0.1'];
    browser = await chromium.launch({ executablePath: executablePath!, args });
  });
  afterAll(() => browser?.close());

  it('whose name was led to this machine (DNS rebinding) reads and starts nothing, even with a key', async () => {
    // What the attacker's own server sent has none of the bounds that come with each answer of the service.
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(`http://evil.example:${port}/`);
    const statuses = await page.evaluate(async (key) => {
      const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
      const body = JSON.stringify({ file: 'code-review', id: 'foreign-rebound' });
      const asked = [
        fetch('/api/runs', { headers }),
        fetch('/api/runs', { method: 'POST', headers, body }),
        fetch('/healthz'),
        fetch('/'),
      ];
      return (await Promise.all(asked)).map(({ status }) => status);
    }, env.key);
    expect(statuses).toEqual([421, 421, 421, 421]);
    expect((await env.ask('/api/runs/foreign-rebound')).status).toBe(404);
  });
});
