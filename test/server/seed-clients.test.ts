import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { transformSync } from 'esbuild';
import { EventSource } from 'eventsource';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultScript } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { closeBrowser, hasChromium, openDashboard } from '../support/web/open-dashboard.ts';

/* Programs that were written for the multi-agent orchestrator before there was a Gaffer, as they stand in its document, letter by letter. */

const sample = (name: string): string => {
  const text = readFileSync(new URL(`../fixtures/seed-clients/${name}.txt`, import.meta.url), 'utf8');
  return transformSync(text, { loader: 'ts' }).code;
};

const fullStack =
  /🚀 Starting workflow with 6 tasks[^]*⏳ Task starting: [^]*🤖 Invoking [\w-]+ with claude-[^]*✅ Task completed: [\w-]+ \(\d+ms, \d+ tokens\)[^]*🎉 Workflow complete!\n {3}Tasks: 6\/6\n {3}Tokens: \d+\n {3}Duration: \d+\.\d\ds/;

describe('the sample clients of the orchestrator of before', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: defaultScript });
  });
  afterAll(() => env.close());

  /** A `fetch` that knows where the service is, and brings a key. */
  const fetchWith =
    (key: string): typeof fetch =>
    (url, init) =>
      fetch(new URL(url as string, env.service.url), {
        ...init,
        headers: { ...(init?.headers as Record<string, string>), Authorization: `Bearer ${key}` },
      });

  function collect(): { console: Pick<Console, 'log'>; text: () => string } {
    const lines: string[] = [];
    return {
      console: { log: (...words: unknown[]) => void lines.push(words.join(' ')) },
      text: () => lines.join('\n'),
    };
  }

  it('fetch a stream and split what they read into lines, in Node', async () => {
    const { console, text } = collect();
    const code = `${sample('fetch-and-reader')}; return executeFullStackWorkflow();`;
    const run = compileFunction(code, ['fetch', 'console']);
    await run(fetchWith(env.key), console);
    expect(text()).toMatch(fullStack);
  });

  it('hand the answer on as it is, in Node', async () => {
    const posted: unknown[] = [];
    const read = async (response: Response): Promise<string> => response.text();
    const code = `${sample('pull-request')}; return runSecurityAuditOnPR(7);`;
    const run = compileFunction(code, ['fetch', 'processSecurityResults', 'postPRComment']);
    await run(fetchWith(env.key), read, async (...given: unknown[]) => void posted.push(given));
    expect(posted[0]).toEqual([7, expect.stringMatching(/"type":"workflow:results"[^]*$/)]);
  });

  it('follow the newest run of their key by an EventSource, which is told by a 204 that nothing more comes, in Node', async () => {
    const key = await env.newKey({ name: 'watcher' });
    const first = await fetchWith(key)('/api/workflows/execute');
    expect(first.status).toBe(404);
    const started = await fetchWith(key)('/api/workflows/execute', {
      ...{
        method: 'POST',
        body: JSON.stringify({ workflowId: 'code-review', parameters: { changedFiles: ['a.ts'] } }),
      },
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    });
    expect(started.status).toBe(202);
    const { runId, links } = (await started.json()) as { runId: string; links: Record<string, string> };
    expect(links['events']).toBe(`/api/runs/${runId}/events`);
    const { console, text } = collect();
    const sources: EventSource[] = [];
    class Source extends EventSource {
      constructor(url: string) {
        const withKey: typeof fetch = (to, init) => fetchWith(key)(to, init);
        super(new URL(url, env.service.url), { fetch: withKey as never });
        sources.push(this);
      }
    }
    compileFunction(sample('event-source'), ['EventSource', 'console'])(Source, console);
    await until('it was told that nothing more comes', () => sources[0]!.readyState === EventSource.CLOSED);
    expect(text()).toMatch(/^Workflow started: 6 tasks\n[^]*Workflow done! 6 successful$/);
  });

  it('start once, however often the same is asked, and attach after', async () => {
    const path = `/api/workflows/execute?workflowId=code-review&parameters=${encodeURIComponent('{"reviewDepth":"quick"}')}`;
    const idOf = async (response: Response): Promise<string> => /^id: (.+):\d+$/m.exec(await response.text())![1]!;
    const [one, other] = await Promise.all([env.ask(path), env.ask(path)]);
    const id = await idOf(one);
    expect(await idOf(other)).toBe(id);
    const keyed = await idOf(await env.ask(`${path}&idempotencyKey=mine`));
    expect(keyed).not.toBe(id);
    const changed = await env.ask('/api/workflows/execute?workflowId=testing-suite&idempotencyKey=mine');
    expect([changed.status, ((await changed.json()) as { code: string }).code]).toEqual([422, 'idempotency-key-used']);
    const begun = async (): Promise<number> => (await env.client.list({ workflow: 'code-review', limit: 50 })).length;
    const before = await begun();
    // A HEAD opens and starts nothing.
    await env.ask(`${path}&idempotencyKey=only-looked-at`, { method: 'HEAD' });
    expect(await begun()).toBe(before);
    const behind = await env.ask(path, { headers: { 'Last-Event-ID': `${id}:3` } });
    expect(/^id: (.+)$/m.exec(await behind.text())![1]).toBe(`${id}:4`);
  });

  it('are told at once what is wrong with what they ask for', async () => {
    const post = (body: unknown): Promise<Response> =>
      env.ask('/api/workflows/execute', { method: 'POST', body: JSON.stringify(body) });
    const cycle = await post({
      workflowName: 'ring',
      tasks: [
        { id: 'a', agentName: 'code-reviewer', prompt: 'A', dependencies: ['b'] },
        { id: 'b', agentName: 'code-reviewer', prompt: 'B', dependencies: ['a'] },
      ],
    });
    expect(cycle.status).toBe(422);
    expect(JSON.stringify(await cycle.json())).toMatch(/a .*→.* b|cycle|circle/);
    for (const body of [
      { workflowId: 'fullstack-def' },
      {},
      [],
      { workflowId: 'code-review', config: { maxParallelAgents: 11 } },
    ])
      expect((await post(body)).status, JSON.stringify(body)).toBe(422);
  });

  it('list templates by category and tags', async () => {
    const list = async (query: string): Promise<{ id: string; category: string; tags: string[] }[]> =>
      ((await (await env.ask(`/api/workflows/list${query}`)).json()) as { workflows: [] }).workflows;
    const ids = (await list('')).map(({ id }) => id);
    for (const id of [
      'fullstack-dev',
      'security-audit',
      'testing-suite',
      'performance-optimization',
      'code-review',
      'devops-setup',
    ])
      expect(ids).toContain(id);
    const [entry] = await list('?category=security');
    expect(Object.keys(entry!).toSorted()).toEqual(
      ['category', 'complexity', 'description', 'estimatedDuration', 'id', 'name', 'tags'].toSorted(),
    );
    const { tags } = entry!;
    expect((await list(`?tags=${tags[0]},no-such-tag`)).every((each) => each.tags.includes(tags[0]!))).toBe(true);
    expect(await list('?tags=no-such-tag')).toEqual([]);
  });

  describe.skipIf(!hasChromium)('in a page of the service, in Chromium', () => {
    let page: Page;
    beforeAll(async () => {
      ({ page } = await openDashboard(env));
      expect(new URL(page.url()).hash).toBe('');
    });
    afterAll(closeBrowser);

    const inPage = (code: string): Promise<string> =>
      page.evaluate(`(async () => {
        const lines = [];
        const console = { log: (...words) => lines.push(words.join(' ')) };
        ${code}
        return lines.join('\\n');
      })()`);

    it('fetch a stream and split what they read into lines', async () => {
      expect(await inPage(`${sample('fetch-and-reader')}; await executeFullStackWorkflow();`)).toMatch(fullStack);
    });

    it('follow the newest run by an EventSource', async () => {
      const closed = `await new Promise((resolve) => setInterval(() => eventSource.readyState === 2 && resolve(), 20));`;
      const told = await inPage(`${sample('event-source')}; ${closed}`);
      expect(told).toMatch(/^Workflow started: 6 tasks\n[^]*Workflow done! 6 successful$/);
    });

    it('read a long story whole that is there already, each event in one piece', async () => {
      const tasks = Array.from({ length: 60 }, (_, at) => ({
        ...{ id: `t${at}`, agentName: 'code-reviewer', description: 'x'.repeat(900), prompt: 'Look.' },
      }));
      const started = await env.ask('/api/workflows/execute', {
        ...{ method: 'POST', headers: { Accept: 'application/json' } },
        body: JSON.stringify({
          workflowName: 'long',
          tasks,
          config: { maxParallelAgents: 10, contextStrategy: 'isolated' },
        }),
      });
      const { runId } = (await started.json()) as { runId: string };
      await (await env.client.find(runId)).result();
      const reader = sample('fetch-and-reader').replace(
        /fetch\("\/api\/workflows\/execute", \{[^]*?\n {2}\}\);/,
        `fetch("/api/runs/${runId}/events");`,
      );
      expect(reader).toContain(runId);
      const seen = `let seen = 0; const log = console.log; console.log = (text) => { if (text.startsWith('✅')) seen += 1; };`;
      expect(await inPage(`${seen} ${reader}; await executeFullStackWorkflow(); log(seen);`)).toBe('60');
    });
  });
});
