import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedHeaders } from '../../src/server/triggers/signature.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

let env: ServiceEnv;
beforeAll(async () => {
  env = await openServiceEnv({ withWorker: false });
  writeProject(env.workspace);
});
afterAll(() => env.close());

const definition = { name: 'audited', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'Say a.' }] };
const send = (path: string, body?: object, method = 'POST', key = env.key): Promise<Response> =>
  env.ask(path, {
    ...{ method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } },
    ...(body && { body: JSON.stringify(body) }),
  });
/** The newest rows of the audit, newest last. */
const rows = async (limit: number) => (await env.store.audit.list({ limit })).toReversed();

describe('a row of the audit', () => {
  it('says what was done to what, and which run it started', async () => {
    const schedule = { name: 'audited-nightly', cron: '0 3 * * *', definition };
    expect((await send('/api/schedules', schedule)).status).toBe(201);
    const triggered = (await (await send('/api/schedules/audited-nightly/trigger')).json()) as { runId: string };
    expect((await send('/api/schedules/audited-nightly', undefined, 'DELETE')).status).toBe(200);
    const made = await send('/api/issues', { board: 'audited', title: 'Secret words' });
    expect(made.status).toBe(201);
    expect(
      (await send('/api/runs/audited-none/approvals/ship', { decision: 'reject', comment: 'Secret words' })).status,
    ).toBe(404);
    const told = await rows(5);
    expect(told).toMatchObject([
      { action: 'POST /api/schedules', runId: null, detail: { about: { name: 'audited-nightly' } } },
      {
        ...{ action: 'POST /api/schedules/{name}/trigger', runId: triggered.runId },
        detail: { about: { name: 'audited-nightly' }, started: true },
      },
      { action: 'DELETE /api/schedules/{name}', detail: { about: { name: 'audited-nightly' } } },
      { action: 'POST /api/issues', detail: { about: { board: 'audited', number: 1 } } },
      {
        ...{ action: 'POST /api/runs/{id}/approvals/{approval}', runId: 'audited-none', result: '404 run-not-found' },
        detail: { about: { id: 'audited-none', approval: 'ship', decision: 'reject', role: 'owner' } },
      },
    ]);
    expect(JSON.stringify(told)).not.toContain('Secret words');
  });

  it('is written for deliveries, also for a few of those that nobody proved', async () => {
    const trigger = { name: 'audited-hook', workflow: 'audited.yaml', from: 'standard', event: 'wanted' };
    writeFileSync(join(env.workspace, 'audited.yaml'), JSON.stringify(definition));
    const added = await send('/api/triggers', { trigger });
    const { secret } = (await added.json()) as { secret: string };
    expect(added.status).toBe(201);
    const body = JSON.stringify({ type: 'other' });
    const headers = { ...signedHeaders([secret], { id: 'msg_1', at: Date.now(), body }) };
    const deliver = (name: string, more: Record<string, string>): Promise<Response> =>
      fetch(`${env.service.url}/hooks/${name}`, {
        ...{ method: 'POST', body, headers: { 'content-type': 'application/json', ...more } },
      });
    expect((await deliver('audited-hook', headers)).status).toBe(202);
    const [proven] = await rows(1);
    expect(proven).toMatchObject({ keyId: null, keyName: 'trigger:audited-hook', result: 'ok', runId: null });
    for (let at = 0; at < 10; at++) expect((await deliver('audited-hook', {})).status).toBe(401);
    for (let at = 0; at < 10; at++) expect((await deliver(`audited-no-${at}`, {})).status).toBe(401);
    const refused = (await rows(30)).filter(({ action, result }) => action === 'POST /hooks/{name}' && result !== 'ok');
    const by = (name: string): number => refused.filter(({ keyName }) => keyName === name).length;
    expect([by('trigger:audited-hook'), by('trigger:')]).toEqual([6, 6]);
    // Who is over the limit is not even looked at; who has the secret is not counted.
    for (let at = 0; at < 50; at++) if ((await deliver('audited-hook', {})).status === 429) break;
    expect((await deliver('audited-hook', {})).status).toBe(429);
    await env.store.sql.query('truncate call_rates');
    for (let at = 0; at < 70; at++) expect((await deliver('audited-hook', headers)).status).toBe(202);
  });

  it('is nothing that a NUL in a path can break', async () => {
    for (const [method, path, status] of [
      ['POST', '/api/runs/%00/cancel', 404],
      ['DELETE', '/api/schedules/a%00b', 404],
      ['POST', '/hooks/%00', 404],
      ['GET', '/api/runs?workflow=a%00b', 422],
    ] as const) {
      const answer = await env.ask(path, { method });
      expect([path, answer.status]).toEqual([path, status]);
    }
    expect((await send('/api/runs/%ed%a0%80/cancel', {})).status).toBe(404);
  });
});

describe('keys and the audit over HTTP', () => {
  it('are those of the own tenant, and a key makes none that is more than itself', async () => {
    const admin = await env.newKey({ tenant: 'audited', name: 'Robin', roles: ['owner'], lastsMs: 3_600_000 });
    const ask = (path: string, body?: object, method = body ? 'POST' : 'GET') => send(path, body, method, admin);
    const create = await ask('/api/keys', { scopes: ['run'], roles: ['owner'], name: 'ci' });
    const made = (await create.json()) as { id: string; key: string; tenant: string; expiresAt: string };
    expect([create.status, made.tenant]).toEqual([201, 'audited']);
    expect(Date.parse(made.expiresAt)).toBeLessThan(Date.now() + 3_700_000);
    expect((await ask('/api/keys', { scopes: ['run'], roles: ['other'] })).status).toBe(403);
    expect((await ask('/api/keys', { scopes: ['run'], lastsMs: 9e9 })).status).toBe(403);
    expect((await send('/api/keys', { scopes: ['admin'] }, 'POST', made.key)).status).toBe(403);
    const { keys } = (await (await ask('/api/keys')).json()) as { keys: { name: string }[] };
    expect(keys.map(({ name }) => name)).toEqual(['Robin', 'ci']);
    const ofOther = (await env.store.keys.list('default'))[0]!.id;
    expect((await ask(`/api/keys/${ofOther}`, undefined, 'DELETE')).status).toBe(404);
    expect((await ask(`/api/keys/${made.id}`, undefined, 'DELETE')).status).toBe(200);
    expect((await send('/api/session', undefined, 'GET', made.key)).status).toBe(401);

    type Page = { rows: { action: string; tenant: string }[]; next: string | null };
    const pages: Page[] = [];
    for (let next: string | null = ''; next !== null; next = pages.at(-1)!.next)
      pages.push((await (await ask(`/api/audit?limit=2${next && `&cursor=${next}`}`)).json()) as Page);
    const all = pages.flatMap((page) => page.rows);
    expect(all.map(({ action }) => action)).toEqual([
      ...['/api/keys/{id}', '/api/keys/{id}'].map((path) => `DELETE ${path}`),
      ...Array.from({ length: 4 }, () => 'POST /api/keys'),
    ]);
    expect(JSON.stringify(all)).toContain(made.id);
    expect(JSON.stringify(pages)).not.toContain(made.key);
    expect(JSON.stringify(pages)).not.toMatch(/"(no|hash)"/);
    expect(new Set(all.map(({ tenant }) => tenant))).toEqual(new Set(['audited']));
  });
});

describe('a service that ends', () => {
  it('answers who waits for a run at once, and ends in seconds', async () => {
    expect((await send('/api/runs', { definition, id: 'audited-long' })).status).toBe(201);
    const service = await env.another();
    const { url } = service;
    const headers = { Authorization: `Bearer ${env.key}` };
    const waiting = fetch(`${url}/api/runs/audited-long/result?timeoutMs=25000`, { headers });
    // It waits when it has been let through, which is counted.
    await expect.poll(async () => (await fetch(`${url}/metrics`, { headers })).status, { timeout: 20_000 }).toBe(200);
    const from = performance.now();
    await service.close();
    const answer = await waiting;
    expect([answer.status, answer.headers.get('Connection')]).toEqual([202, 'close']);
    expect(performance.now() - from).toBeLessThan(20_000);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
