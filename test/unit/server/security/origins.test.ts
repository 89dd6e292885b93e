import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { ServerEnv } from '../../../../src/server/env.ts';
import { answerProblem, ProblemError } from '../../../../src/server/problem.ts';
import { foreignHosts, foreignOrigins, publicUrls } from '../../../support/server/foreign-names.ts';
import { originsOf, refuseForeignHosts, refuseForeignOrigins } from '../../../../src/server/security/origins.ts';

const origins = originsOf({ host: '127.0.0.1', port: 7450 }, publicUrls);

/** A small service with one page and one route, asked as `by`. */
function serviceFor({ by, isOpen = false }: { by: 'key' | 'cookie'; isOpen?: boolean }): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.use(refuseForeignHosts(() => origins));
  app.use(async (c, next) => {
    c.set('isOpen', isOpen);
    c.set('knownBy', by);
    await next();
  });
  app.use(refuseForeignOrigins(() => origins));
  app.all('/x', (c) => c.text(c.get('origin')));
  app.onError((error, c) => {
    if (!(error instanceof ProblemError)) throw error;
    return answerProblem(c, error.problem, error.headers);
  });
  return app;
}

const ours: [host: string, origin: string][] = [
  ['localhost:7450', 'http://localhost:7450'],
  ['LocalHost:7450', 'http://localhost:7450'],
  ['127.0.0.1:7450', 'http://127.0.0.1:7450'],
  ['[::1]:7450', 'http://[::1]:7450'],
  ['gaffer.example', 'https://gaffer.example'],
  ['gaffer.example:443', 'https://gaffer.example'],
  ['inside.example:8080', 'http://inside.example:8080'],
];

const ask = (
  app: Hono<ServerEnv>,
  headers: Record<string, string>,
  { method = 'GET', url = 'http://localhost:7450/x' } = {},
) => app.request(url, { method, headers: { Host: 'localhost:7450', ...headers } });

describe('refuseForeignHosts', () => {
  it.each(ours)('answers to %s', async (host, origin) => {
    const answer = await ask(serviceFor({ by: 'key' }), { Host: host });
    expect([answer.status, await answer.text()]).toEqual([200, origin]);
  });

  it('refuses 40 other names, whatever the port, case, form or trick', async () => {
    expect(new Set(foreignHosts).size).toBeGreaterThanOrEqual(40);
    for (const host of foreignHosts) {
      const answer = await ask(serviceFor({ by: 'key' }), { Host: host });
      expect([host, answer.status]).toEqual([host, 421]);
      expect(await answer.json()).toMatchObject({ code: 'foreign-host' });
    }
  });

  it('refuses a call without a Host, and one whose request line names another', async () => {
    const app = serviceFor({ by: 'key' });
    expect((await app.request('http://localhost:7450/x')).status).toBe(421);
    expect((await ask(app, {}, { url: 'http://evil.example/x' })).status).toBe(421);
  });
});

describe('refuseForeignOrigins', () => {
  it('refuses 40 other origins, of reads and writes, with a key or a cookie', async () => {
    expect(new Set(foreignOrigins).size).toBeGreaterThanOrEqual(40);
    for (const Origin of foreignOrigins)
      for (const by of ['key', 'cookie'] as const)
        for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
          const answer = await ask(serviceFor({ by }), { Origin }, { method });
          expect([Origin, by, method, answer.status]).toEqual([Origin, by, method, 403]);
        }
  });

  it('lets programs through, which send neither Origin nor Sec-Fetch-Site', async () => {
    for (const method of ['GET', 'POST', 'DELETE'])
      expect((await ask(serviceFor({ by: 'key' }), {}, { method })).status).toBe(200);
  });

  it.each([
    ['a write that says its origin', 'POST', { Origin: 'http://localhost:7450' }, 200],
    ['a write of the same page', 'DELETE', { 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['a write that says nothing', 'POST', {}, 403],
    ['a write of another port', 'POST', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['a write of another site', 'POST', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost:7450' }, 403],
    ['a write that somebody typed', 'POST', { 'Sec-Fetch-Site': 'none' }, 403],
    ['a read of the same page', 'GET', { 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['a read that somebody typed', 'GET', { 'Sec-Fetch-Site': 'none' }, 200],
    ['a read of another site', 'GET', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a stream of the same page', 'GET', { Accept: 'text/event-stream', 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['a stream that nobody asked for', 'GET', { Accept: 'text/event-stream', 'Sec-Fetch-Site': 'none' }, 403],
    ['a stream of another site', 'GET', { Accept: 'text/event-stream', 'Sec-Fetch-Site': 'cross-site' }, 403],
  ])('with a cookie, answers %s with %s %o as %i', async (_, method, headers, status) => {
    expect((await ask(serviceFor({ by: 'cookie' }), headers as Record<string, string>, { method })).status).toBe(
      status,
    );
  });

  it('opens pages from anywhere, and lets nobody else swap a code', async () => {
    const app = serviceFor({ by: 'key', isOpen: true });
    expect((await ask(app, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(200);
    expect((await ask(app, { Origin: 'https://evil.example' }, { method: 'POST' })).status).toBe(403);
  });

  it('never says that another origin may read an answer', async () => {
    const answer = await ask(serviceFor({ by: 'key' }), { Origin: 'https://evil.example' }, { method: 'OPTIONS' });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
