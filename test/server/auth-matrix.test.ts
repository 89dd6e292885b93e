import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokeKey } from '../../src/client/access/keys.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { createApp } from '../../src/server/app.ts';
import { createGuards } from '../../src/server/security/guards.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { writeProject } from '../support/command/cli.ts';
import { inTens, operations } from '../support/server/operations.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const origin = 'http://localhost:7450';
/** Errors that nobody expected; a refusal is none. */
const unexpected: unknown[] = [];
let env: ServiceEnv;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  env = await openServiceEnv({ script: { rules: [echo] } });
  writeProject(env.workspace);
  // The same service without a socket and without limits.
  app = createApp({
    ...{ session: env.session, logError: (error: unknown) => void unexpected.push(error) },
    guards: createGuards({
      ...{ store: env.store, origins: () => [origin], addressOf: () => '127.0.0.1' },
      ...{ callsPerMinute: 1e6, strangersPerMinute: 1e6 },
    }),
  });
});
afterAll(async () => {
  expect(unexpected).toEqual([]);
  await env.close();
});

const bearer = (key: string): { Authorization: string } => ({ Authorization: `Bearer ${key}` });
const ask = async (method: string, url: string, { headers, body }: { headers: object; body?: string }) =>
  app.request(`${origin}${url}`, {
    ...{ method, headers: { Host: 'localhost:7450', 'Content-Type': 'application/json', ...headers } },
    ...(method !== 'GET' && body !== undefined && { body }),
  });
const guarded = operations().filter(({ scope }) => scope !== 'open');
const toNothing = (path: string): string => path.replaceAll(/\{\w+\}/g, 'matrix-nothing');

describe('every route of the document', () => {
  it('says its scope', () => {
    expect(guarded.length).toBeGreaterThan(60);
    for (const { path, method, scope } of operations())
      expect(['read', 'run', 'approve', 'admin', 'open'], `${method} ${path}`).toContain(scope);
  });

  it('answers whoever has no valid key with one and the same 401, whatever was sent', async () => {
    const [expired, revoked] = [await env.newKey({ lastsMs: -1 }), await env.newKey({})];
    await revokeKey(env.store.keys, revoked);
    const wrong = `${env.key.slice(0, -1)}${env.key.endsWith('A') ? 'B' : 'A'}`;
    const unknown = env.key.replace(/^gfr_.{10}/, 'gfr_aaaaaaaaaa');
    const callers = [{}, ...[expired, revoked, wrong, unknown, 'x', ''].map(bearer), { Authorization: 'Basic eDp5' }];
    const answers = new Set<string>();
    const calls = guarded.flatMap((route) => callers.map((headers) => ({ ...route, headers })));
    await inTens(calls, async ({ method, path, headers }) => {
      const answer = await ask(method, toNothing(path), { headers, body: '{ no JSON' });
      expect([method, path, headers, answer.status]).toEqual([method, path, headers, 401]);
      answers.add(`${answer.headers.get('WWW-Authenticate')} ${await answer.text()}`);
    });
    expect(answers.size).toBe(1);
  });

  it('refuses a key whose scope is less, and lets the right one through', async () => {
    for (const has of ['read', 'run', 'approve', 'admin'] as const) {
      const headers = bearer(await env.newKey({ scopes: [has], tenant: 'scopes' }));
      const asked = guarded.filter(({ scope }) => scope === has || (scope !== 'read' && has !== 'admin'));
      await inTens(asked, async ({ method, path, scope }) => {
        const answer = await ask(method, toNothing(path), { headers, body: '{}' });
        const { code } = answer.ok ? {} : ((await answer.json()) as { code?: string });
        // Files of the service are those of the tenant `default`, whatever a key of another one may do.
        const isOf = code !== 'out-of-bounds';
        const isRefused = [401, 403, 500].includes(answer.status) && isOf && [answer.status, code];
        expect([method, path, has, isRefused]).toEqual([method, path, has, scope !== has && [403, 'scope']]);
      });
    }
  });
});

/** Names of things of one tenant, as whoever asks says them. */
interface Things {
  run: string;
  schedule: string;
  board: string;
  webhook: string;
  trigger: string;
}

/** What a route needs to get as far as looking for the thing; others take an empty object. */
const bodies: Record<string, JsonObject> = {
  '/api/runs/{id}/messages': { to: 'write', text: 'Hello.' },
  '/api/runs/{id}/tasks': { tasks: [{ id: 'more', prompt: 'More.' }] },
  '/api/runs/{id}/limits': { usd: 7 },
  '/api/runs/{id}/priority': { priority: 'low' },
  '/api/runs/{id}/skip': { task: 'write' },
  '/api/runs/{id}/retry-task': { task: 'write' },
  '/api/runs/{id}/approvals/{approval}': { decision: 'approve' },
  '/api/runs/{id}/answers/{blocker}': { text: 'Yes.' },
  '/api/runs/{id}/fork': { from: 'write' },
  '/api/runs/{id}/fork/preview': { from: 'write' },
  '/api/issues/{board}/{number}': { title: 'Mine' },
  '/api/issues/{board}/{number}/comments': { body: 'Mine.' },
  '/api/issues/{board}/{number}/close': { result: 'Mine.' },
  '/api/issues/{board}/{number}/unblock': { answer: 'Mine.' },
  '/api/webhooks/{id}': { active: false },
  '/api/triggers/{name}': { active: false },
};
/** What comes along, or is in the service's folder, belongs to all; and what makes a thing of that name makes it the caller's own. */
const ofAll = [
  ...['/api/agents/{name}', '/api/agents/{name}/use', '/api/templates/{id}', '/api/boards/{board}/import'],
  ...['/api/workflows/{id}', '/api/workflows/{id}/history', '/api/workflow-files/{path}'],
];

function urlOf(path: string, things: Things): string {
  const [, , collection] = path.split('/');
  const names: Record<string, string> = {
    ...{ ...things, id: collection === 'runs' ? things.run : things.webhook },
    ...{ name: collection === 'schedules' ? things.schedule : things.trigger },
    ...{ number: '1', context: 'write', key: 'k', blocker: 'b', approval: '-', delivery: 'whd_none', task: 'write' },
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name]!));
}

describe('a thing of another tenant', () => {
  const askAs = async (key: string, method: string, url: string, body: JsonObject = {}) => {
    const answer = await ask(method, url, {
      headers: { ...bearer(key), Accept: 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const make = async (key: string, url: string, body: JsonObject): Promise<JsonObject> => {
    const { status, text } = await askAs(key, 'POST', url, body);
    expect([url, status, text]).toEqual([url, 201, text]);
    return JSON.parse(text) as JsonObject;
  };
  const gated = {
    ...{ name: 'matrix', default_profile: 'coder' },
    tasks: [{ id: 'write', prompt: 'Write.', approval: { at: 'before' } }],
  };
  /** One of each, and a run that waits. `prefix`: how others have to name its tenant. */
  const makeThings = async (key: string, name: string, prefix: string): Promise<Things> => {
    await make(key, '/api/runs', { definition: gated, id: name });
    await make(key, '/api/schedules', { name, cron: '0 3 * * *', paused: true, definition: gated });
    await make(key, '/api/issues', { board: name, title: `Secret ${name}` });
    const { id } = await make(key, '/api/webhooks', { url: 'https://8.8.8.8/hook' });
    const trigger = { name, from: 'github', workflow: 'code-review', event: 'push', inputs: { prUrl: 'x' } };
    await make(key, '/api/triggers', { trigger });
    await until(`${name} waits`, async () =>
      (await askAs(key, 'GET', `/api/runs/${name}/waiting`)).text.includes('"approval"'),
    );
    const whole = `${prefix}${name}`;
    return { run: whole, schedule: whole, board: whole, webhook: id as string, trigger: name };
  };

  it('is answered, listed and changed as if there were none, in the very same words', async () => {
    const keyOf = (tenant: string) => env.newKey({ tenant, name: tenant, scopes: ['admin'] });
    const [oak, elm, plain] = [await keyOf('oak'), await keyOf('elm'), await keyOf('default')];
    const ofOak = await makeThings(oak, 'matrix-oak', 'oak@');
    const ofPlain = await makeThings(plain, 'matrix-plain', '');
    const named = guarded.filter(({ path }) => path.includes('{') && !ofAll.includes(path));
    expect(named.length).toBeGreaterThan(40);
    const owners = [
      { key: oak, things: ofOak, others: [elm, plain] },
      { key: plain, things: ofPlain, others: [oak] },
    ];
    for (const { key, things, others } of owners) {
      const view = async () => (await askAs(key, 'GET', `/api/runs/${things.run}/run-state`)).text;
      const before = await view();
      const none = Object.fromEntries(
        Object.entries(things).map(([kind, name]) => [
          kind,
          name.replace(/.$/, (last: string) => (last === 'x' ? 'y' : 'x')),
        ]),
      ) as unknown as Things;
      const plainly = (text: string): string =>
        [...Object.values(things), ...Object.values(none)].reduce((all, name) => all.replaceAll(name, '…'), text);
      for (const other of others) {
        await inTens(named, async ({ method, path }) => {
          const [real, nothing] = [
            await askAs(other, method, urlOf(path, things), bodies[path]),
            await askAs(other, method, urlOf(path, none), bodies[path]),
          ];
          // Nothing can be called so at all: whoever asks need not look.
          const isImpossible = real.status === 422 && real.text.includes('\\"@\\" stands behind a tenant');
          const told = [method, path, isImpossible ? 404 : real.status, plainly(real.text)];
          expect(told).toEqual([method, path, 404, plainly(nothing.text)]);
        });
        for (const { path } of guarded.filter(({ method, path: each }) => method === 'GET' && !each.includes('{'))) {
          // Its own audit says what it asked for, there or not.
          if (path === '/api/audit') continue;
          const { text } = await askAs(other, 'GET', path);
          for (const name of [things.webhook, things.run.replace(/^.*@/, '')])
            expect([path, text]).toEqual([path, expect.not.stringContaining(name)]);
        }
      }
      expect(await view()).toBe(before);
      // A task that waits has said nothing, so no message has parts, and what is waited for has a name of its own.
      const own = named.filter(({ method, path }) => method === 'GET' && !/\{(?:message|wait)\}/.test(path));
      const found = await Promise.all(
        own.map(async ({ path }) => [path, (await askAs(key, 'GET', urlOf(path, things))).status]),
      );
      // Not all of them have anything to tell of a run that waits.
      expect(found.filter(([, status]) => ![200, 202, 204, 422].includes(Number(status)))).toEqual([]);
    }
  });
});
