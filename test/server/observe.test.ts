import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlace } from '../../src/client/connection/open-place.ts';
import { createApp } from '../../src/server/app.ts';
import type { Principal } from '../../src/server/env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';

const word = 'canary-of-a-request';
const tasks = `
policy: [{ tool: bash, action: deny }]
tasks:
  - { id: look, prompt: Look around., profile: worker }
`;

/** Samples of Prometheus's text, by name with labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('what the service tells of itself', { timeout: 90_000 }, () => {
  let env: ServiceEnv;
  let result: RunResult;
  let workerMetrics: string;

  beforeAll(async () => {
    const port = await freePort();
    workerMetrics = `http://127.0.0.1:${port}/metrics`;
    env = await openServiceEnv({
      settings: { metricsAddress: `127.0.0.1:${port}` },
      script: {
        rules: [
          {
            name: 'tries a command',
            when: ({ turn }) => turn === 0,
            answer: () => ({
              tools: [
                { name: 'bash', input: { command: 'echo x' } },
                { name: 'issue', input: { action: 'list' } },
              ],
            }),
          },
          { name: 'ends', when: () => true, answer: () => ({ text: 'done' }) },
        ],
      },
    });
    result = await env.run(yamlPlan(tasks), { runId: 'observed-one' });
    expect(result.status).toBe('succeeded');
    await env.store.sql.query(
      "insert into model_gates (provider, model, closed_until) values ('anthropic', 'held', now() + interval '1 hour')",
    );
  });
  afterAll(() => env.close());

  const as = (principal: Partial<Principal>, lines: string[] = []) =>
    createApp({
      session: env.session,
      logError: (error) => lines.push(String(error)),
      guards: [
        async (c, next) => {
          const operator: Principal = { keyId: 'k-1', name: 'one', tenant: 'default', scopes: ['admin'], roles: [] };
          c.set('principal', { ...operator, ...principal });
          await next();
        },
      ],
      observers: {
        log: {
          info: (message, fields) => void lines.push(JSON.stringify({ message, ...fields })),
          error: () => undefined,
        },
        tracing: null,
      },
    });

  it('counts runs, tasks and costs from the store, whichever process is asked', async () => {
    for (const service of [env.service, await env.another()]) {
      const response = await fetch(`${service.url}/metrics`, { headers: { Authorization: `Bearer ${env.key}` } });
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const samples = samplesOf(await response.text());
      expect(samples.get('gaffer_runs{status="succeeded"}')).toBe(1);
      expect(samples.get('gaffer_runs{status="failed"}')).toBe(0);
      expect(samples.get('gaffer_runs_tokens{status="succeeded"}')).toBe(result.summary.totalTokens);
      expect(samples.get('gaffer_runs_cost_usd{status="succeeded"}')).toBeCloseTo(result.summary.costUsd, 9);
      const queue = env.settings.taskQueue;
      expect(samples.get(`gaffer_queue_pollers{queue="${queue}",kind="workflow"}`)).toBe(1);
      expect(samples.get(`gaffer_queue_depth{queue="${queue}",kind="activity"}`)).toBe(0);
      expect(samples.get('gaffer_model_breaker_open{provider="anthropic",model="held"}')).toBe(1);
    }
  });

  it('tells a tenant its own numbers, and nothing of the installation', async () => {
    const samples = samplesOf(await (await as({ tenant: 'acme', scopes: ['admin'] }).request('/metrics')).text());
    expect(samples.get('gaffer_runs{status="succeeded"}')).toBe(0);
    const names = [...samples.keys()].join('\n');
    expect(names).not.toMatch(/gaffer_(queue|model|http)/);
    const reader = samplesOf(await (await as({ scopes: ['read'] }).request('/metrics')).text());
    expect(reader.get('gaffer_runs{status="succeeded"}')).toBe(1);
    expect([...reader.keys()].join('\n')).not.toMatch(/gaffer_(queue|model|http)/);
  });

  it('logs and counts requests by route, key and id, and never what was written', async () => {
    const lines: string[] = [];
    const app = as({}, lines);
    await app.request(`/api/runs/observed-one?tasks=false`, { headers: { 'x-note': word } });
    await app.request(`/api/runs/${word}`);
    await app.request(`/${word}`, { method: 'BREW' });
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ route: '/api/runs/:id', run: 'observed-one', method: 'GET', keyId: 'k-1' }),
      expect.objectContaining({ route: '/api/runs/:id', status: 404 }),
      expect.objectContaining({ route: 'none', status: 404, method: 'OTHER' }),
    ]);
    const text = await (await app.request('/metrics')).text();
    expect(lines.join('\n') + text).not.toContain(word);
    expect(samplesOf(text).get('gaffer_http_requests_total{method="GET",route="/api/runs/:id",status="404"}')).toBe(1);
  });

  it('is alive and ready, and says which part is missing when it is not', async () => {
    expect(await (await fetch(`${env.service.url}/healthz`)).json()).toEqual({ status: 'alive' });
    const ready = await fetch(`${env.service.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    const { temporal, databaseUrl } = env.settings;
    const session = await openPlace({ temporal, databaseUrl, taskQueue: 'nobody-here', cwd: env.workspace, env: {} });
    const app = createApp({ session, logError: () => undefined, guards: [] });
    const waiting = await app.request('/readyz');
    expect([waiting.status, await waiting.json()]).toMatchObject([503, { missing: [{ part: 'worker' }] }]);
    await session.close();
    const gone = createApp({ session, logError: () => undefined, guards: [] });
    const body = (await (await gone.request('/readyz')).json()) as { missing: { part: string; detail: string }[] };
    expect(body.missing.map(({ part }) => part)).toEqual(['database', 'temporal']);
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|postgres:|socket/);
  });

  it('has what workers measure beside what the SDK does', async () => {
    const samples = samplesOf(await (await fetch(workerMetrics)).text());
    const of = (name: string) => [...samples].filter(([key]) => key.startsWith(name));
    const sum = (found: [string, number][]) => found.reduce((all, [, value]) => all + value, 0);
    expect(sum(of('gaffer_model_call_duration_seconds_count'))).toBe(2);
    expect(sum(of('gaffer_model_call_cost_usd_sum'))).toBeCloseTo(result.summary.costUsd, 9);
    const kinds = of('gaffer_model_tokens_total').filter(([key]) => /kind="(input|output)"/.test(key));
    expect(sum(kinds)).toBe(result.summary.totalTokens);
    const tools = of('gaffer_tool_call_duration_seconds_count').map(([key]) => key);
    expect(tools.some((key) => key.includes('tool="bash"') && key.includes('outcome="refused"'))).toBe(true);
    expect(tools.some((key) => key.includes('tool="issue"') && key.includes('outcome="ok"'))).toBe(true);
    expect(of('temporal_').length).toBeGreaterThan(10);
  });

  it('has every metric that the dashboard asks for', async () => {
    const dashboard = JSON.parse(readFileSync('docker/grafana-dashboard.json', 'utf8')) as {
      panels: { targets: { expr: string }[] }[];
    };
    const asked = dashboard.panels
      .flatMap(({ targets }) => targets)
      .flatMap(({ expr }) => expr.match(/\b(gaffer|temporal)_\w+/g)!);
    expect(asked.length).toBeGreaterThan(20);
    const texts = await Promise.all(
      [fetch(workerMetrics), env.ask('/metrics')].map(async (response) => (await response).text()),
    );
    const told = texts.join('\n').matchAll(/^# TYPE (\w+) (\w+)/gm);
    const known = new Set(
      [...told].flatMap(([, name, type]) =>
        type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
      ),
    );
    // It is there from the first step on that is tried again.
    known.add('gaffer_step_retries_total');
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    const docs = readFileSync('docs/observability.md', 'utf8');
    const ours = [...known]
      .filter((name) => name!.startsWith('gaffer_'))
      .map((name) => name!.replace(/_(bucket|sum|count)$/, ''));
    expect([...new Set(ours)].filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
