import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSecret, secretHash } from '../../src/client/access/keys.ts';
import { openingLink } from '../../src/server/security/opening-link.ts';
import { usualTiming } from '../../src/server/sse/stream-writer.ts';
import { writeProject } from '../support/command/cli.ts';
import { takeEvents } from '../support/server/event-reader.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { createStoreApp, openToldRun } from '../support/server/store-app.ts';

let env: ServiceEnv;
beforeAll(async () => {
  env = await openServiceEnv({ withWorker: false });
  writeProject(env.workspace);
});
afterAll(() => env.close());

const bearer = (key: string): { Authorization: string } => ({ Authorization: `Bearer ${key}` });
const ask = (url: string, init: RequestInit): Promise<Response> => fetch(`${env.service.url}${url}`, init);

describe('what is no route', () => {
  it('needs a key, too, so that nobody learns what there is', async () => {
    expect((await ask('/api/no-such-route', {})).status).toBe(401);
    expect((await env.ask('/api/no-such-route')).status).toBe(404);
  });
});

describe('a page', () => {
  const open = async (): Promise<{ code: string; link: string }> => {
    const link = await openingLink(env.store.keys, { url: env.service.url, name: 'Kim' });
    return { link, code: new URL(link).hash.replace('#code=', '') };
  };
  const swap = (code: string, headers: Record<string, string> = {}): Promise<Response> =>
    ask('/api/session', {
      ...{ method: 'POST', body: JSON.stringify({ code }) },
      headers: { 'Content-Type': 'application/json', ...headers },
    });

  it('swaps the code of its link once for a cookie that no script reads, and which ends', async () => {
    const { code, link } = await open();
    expect(new URL(link).search).toBe('');
    const own = { Origin: env.service.url };
    const answer = await swap(code, own);
    expect(await answer.json()).toEqual({ name: 'Kim', tenant: 'default', scopes: ['admin'], roles: ['*'] });
    const cookie = answer.headers.get('Set-Cookie')!;
    expect(cookie).toMatch(/^gaffer_session_\d+=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await swap(code, own)).status).toBe(401);
    const Cookie = cookie.split(';')[0]!;
    expect((await ask('/api/session', { headers: { Cookie } })).status).toBe(200);
    // A page of another port of this machine is sent the cookie, too, and can do nothing with it.
    for (const headers of [{ Origin: 'http://localhost:1' }, { 'Sec-Fetch-Site': 'same-site' }, {}] as const)
      expect((await ask('/api/session', { method: 'DELETE', headers: { Cookie, ...headers } })).status).toBe(403);
    // What comes with a key is asked about the key alone.
    expect((await ask('/api/session', { headers: { Cookie, ...bearer('gfr_wrong') } })).status).toBe(401);
    expect((await ask('/api/session', { method: 'DELETE', headers: { Cookie, ...own } })).status).toBe(204);
    expect((await ask('/api/session', { headers: { Cookie } })).status).toBe(401);
    const rows = await env.store.audit.list({ limit: 20 });
    expect(rows.filter(({ keyName }) => keyName === 'Kim').map(({ action, result }) => [action, result])).toEqual([
      ['DELETE /api/session', 'ok'],
      ['POST /api/session', 'ok'],
    ]);
  });

  it('ends as who it was let in before when it is let in anew', async () => {
    const cookieOf = (answer: Response) => answer.headers.get('Set-Cookie')!.split(';')[0]!;
    const first = cookieOf(await swap((await open()).code));
    // A code that is none ends nothing.
    await swap('x'.repeat(43), { Cookie: first, Origin: env.service.url });
    expect((await ask('/api/session', { headers: { Cookie: first } })).status).toBe(200);
    const second = cookieOf(await swap((await open()).code, { Cookie: first, Origin: env.service.url }));
    const said = await Promise.all([first, second].map((Cookie) => ask('/api/session', { headers: { Cookie } })));
    expect(said.map(({ status }) => status)).toEqual([401, 200]);
  });

  it('that signs out ends its streams, which tell nothing more', async () => {
    const run = await openToldRun(env.store);
    const { keys } = env.store;
    const page = { id: 'page', name: 'page', tenant: 'default', scopes: ['admin' as const], roles: [], hash: null };
    await keys.create({ ...page, lastsMs: 60_000 });
    const code = newSecret();
    await keys.addCode('page', secretHash(code), 60_000);
    const { app } = createStoreApp(env.store, { timing: { ...usualTiming, renewMs: 20 } });
    const body = JSON.stringify({ code });
    const headers = { 'x-key': 'page', 'Content-Type': 'application/json' };
    const answer = await app.request('/api/session', { method: 'POST', body, headers });
    const Cookie = answer.headers.get('Set-Cookie')!.split(';')[0]!;
    const reading = takeEvents(await app.request(`/api/runs/${run.id}/events`, { headers: { 'x-key': 'page' } }));
    await run.tell(1);
    expect((await app.request('/api/session', { method: 'DELETE', headers: { ...headers, Cookie } })).status).toBe(204);
    const told = await reading;
    expect(told.at(-1)).toMatchObject({ event: 'problem', data: { code: 'no-key' } });
  });

  it('is not let in from another page, by a code that is none, or with a body that is none', async () => {
    const { code } = await open();
    expect((await swap(code, { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await swap('x'.repeat(43))).status).toBe(401);
    expect((await swap('short')).status).toBe(422);
    expect((await swap(code)).status).toBe(200);
  });
});

describe('what a caller brings', () => {
  it('stays in the folders of the service, and is no command without the scope admin', async () => {
    const headers = {
      ...bearer(await env.newKey({ scopes: ['run'], name: 'Robin' })),
      'Content-Type': 'application/json',
    };
    const start = async (more: object): Promise<{ status: number; code?: string; errors?: { pointer: string }[] }> => {
      const definition = { name: 'access', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'Say a.', ...more }] };
      const answer = await ask('/api/runs', {
        method: 'POST',
        headers,
        body: JSON.stringify({ definition, id: 'access-one' }),
      });
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    expect(await start({ compensate: { bash: 'id' } })).toMatchObject({
      ...{ status: 403, code: 'out-of-bounds', errors: [{ pointer: '/definition/tasks/0/compensate' }] },
    });
    expect(await start({ workspace: '/etc' })).toMatchObject({
      status: 403,
      errors: [{ pointer: '/definition/workspace' }],
    });
    const body = JSON.stringify({ file: '/etc/passwd' });
    const named = await ask('/api/runs', { method: 'POST', headers, body });
    expect([named.status, (await named.text()).includes('root:')]).toEqual([403, false]);
    expect(await start({})).toMatchObject({ status: 201 });
    const rows = (await env.store.audit.list({ limit: 10 })).filter(({ keyName }) => keyName === 'Robin');
    expect(rows.map(({ result, runId }) => [result, runId])).toEqual([
      ['ok', 'access-one'],
      ...['/api/runs', '/api/runs', '/api/runs'].map(() => ['403 out-of-bounds', null]),
    ]);
  });
});

describe('what a caller has checked', () => {
  it('shows no file, no folder and no secret of the machine of the service, whatever its scope', async () => {
    for (const scope of ['read', 'admin'] as const) {
      const headers = { ...bearer(await env.newKey({ scopes: [scope] })), 'Content-Type': 'application/json' };
      const check = async (body: object): Promise<string> => {
        const answer = await ask('/api/plan', { method: 'POST', headers, body: JSON.stringify(body) });
        expect([answer.status, body]).toEqual([403, body]);
        return answer.text();
      };
      const definition = { name: 'a', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'Say a.' }] };
      const told = await Promise.all(
        [
          ...['/etc/passwd', '.gaffer/postgres.json', '.gaffer/secret', '.env'].map((file) => ({ file })),
          ...[{ workspace: '/etc' }, { workspace: '.gaffer' }, { agents: ['/etc'] }].map((more) => ({
            ...{ definition, ...more },
          })),
          { definition: { ...definition, workspace: '/etc' } },
        ].map(check),
      );
      expect(told.join('')).not.toMatch(/root:|password|postgres:/);
      const body = JSON.stringify({ text: 'tasks: [' });
      const own = await ask('/api/plan', { method: 'POST', headers, body });
      expect(await own.json()).toMatchObject({
        ...{
          status: 422,
          kind: 'usage',
          errors: [{ pointer: '/text', frame: expect.stringContaining('tasks: [') as string }],
        },
      });
    }
  });
});

describe('how much a key may ask', () => {
  it('is told with each answer, and bounded over all processes', async () => {
    const answer = await env.ask('/api/session');
    expect(answer.headers.get('RateLimit-Policy')).toBe('"key";q=3000;w=60');
    expect(answer.headers.get('RateLimit')).toMatch(/^"key";r=2\d\d\d;t=\d+$/);
    await env.store.sql.query(`update call_rates set until = now() + interval '2 minutes' where caller like 'key/%'`);
    const { url } = await env.another();
    const refused = await fetch(`${url}/api/session`, { headers: bearer(env.key) });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(refused.headers.get('RateLimit')).toMatch(/^"key";r=0;t=\d+$/);
    await env.store.sql.query('truncate call_rates');
  });

  it('is bounded by address without a key, and nobody with one is kept out for it', async () => {
    const stranger = async (): Promise<number> => (await ask('/api/session', {})).status;
    expect(await stranger()).toBe(401);
    await env.store.sql.query(
      `update call_rates set until = now() + interval '2 minutes' where caller like 'address/%'`,
    );
    expect(await stranger()).toBe(429);
    expect((await env.ask('/api/session')).status).toBe(200);
    await env.store.sql.query('truncate call_rates');
  });
});

describe('every answer', () => {
  it('says what a browser may do with it', async () => {
    for (const init of [{ headers: bearer(env.key) }, {}, { headers: { Host: 'evil.example' } }]) {
      const { headers } = await ask('/api/session', init);
      const policy = headers.get('Content-Security-Policy')!;
      expect(policy).not.toContain('unsafe');
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"])
        expect(policy).toContain(part);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Cache-Control')).toBe('no-store');
    }
  });
});

describe('a connection', () => {
  const open = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(env.service.url);
      let heard = '';
      const socket: Socket = connect(Number(port), hostname, () => socket.write(text));
      socket.on('data', (data) => (heard += String(data)));
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
    });
  const head = (line: string, ...more: string[]): string =>
    `${[`${line} HTTP/1.1`, `Host: ${new URL(env.service.url).host}`, 'Connection: close', ...more].join('\r\n')}\r\n\r\n`;

  it('is told 401 before its body is there', async () => {
    expect(
      await open(head('POST /api/session/none', 'Content-Type: application/json', 'Content-Length: 1000')),
    ).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['headers that are too long', (): string => head('GET /api/session', `X-Long: ${'x'.repeat(20_000)}`), 431],
    [
      'too many headers',
      (): string => head('GET /api/session', ...Array.from({ length: 120 }, (_, at) => `X-${at}: 1`)),
      431,
    ],
    ['no Host', (): string => 'GET /api/session HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'a Host of another',
      (): string => 'GET /api/session HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      421,
    ],
    ['an address of another', (): string => head('GET http://evil.example/api/session'), 421],
    ['two lengths', (): string => head('POST /api/session', 'Content-Length: 1', 'Transfer-Encoding: chunked'), 400],
  ])('with %s is refused', async (_, text, status) => {
    expect(await open(text())).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
