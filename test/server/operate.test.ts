import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageReport } from '../../src/client/list/usage.ts';
import type { QueueView } from '../../src/client/list/workers.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';
import { plan, task } from '../support/plan/builders.ts';

describe('what an operator looks at', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({
      script: { rules: [{ name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] },
    });
  });
  afterAll(() => env?.close());

  const json = async <Answer>(path: string, key?: string): Promise<Answer> =>
    (await env.ask(path, key ? { headers: { Authorization: `Bearer ${key}` } } : {})).json() as Promise<Answer>;

  it('adds up what calls cost, by day, workflow, agent and model, each tenant its own', async () => {
    const run = await env.start(plan({ tasks: [task({ id: 'one' }), task({ id: 'two' })] }));
    const { summary } = await run.result();
    const usage = await json<UsageReport>('/api/usage');
    const sum = (rows: readonly { usd: number }[]): number => rows.reduce((all, { usd }) => all + usd, 0);
    for (const rows of [usage.days, usage.workflows, usage.agents, usage.models])
      expect(sum(rows)).toBeCloseTo(summary.costUsd, 9);
    expect(usage.agents.map(({ name, calls }) => [name, calls])).toEqual([['worker', 2]]);
    expect(usage.models[0]!.name).not.toBe('unknown');
    const other = await json<UsageReport>('/api/usage', await env.newKey({ tenant: 'usage-acme' }));
    expect(other.days).toEqual([]);
  });

  it.each([
    ...['since=2026-13-01', 'since=2020-01-01', 'timeZone=Nowhere/At-All', 'until=2026-01-01&since=2026-02-01'],
    ...['timeZone=Nowhere/At-All&until=2026-01-01', 'timeZone=%2B05:30&until=2026-01-01', 'until=2026-02-30'],
    ...['since=0000-01-01&until=0000-01-02', 'until=9999-12-31'],
  ])('says what is wrong with %s', async (query) => {
    const answer = await env.ask(`/api/usage?${query}`);
    expect([answer.status, (await answer.json()) as object]).toMatchObject([422, { code: 'usage' }]);
  });

  it('begins days at midnight of the time zone', async () => {
    const dayIn = (timeZone: string): string =>
      new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date());
    for (const timeZone of ['Pacific/Kiritimati', 'Etc/GMT+12', 'europe/berlin']) {
      const { days, until } = await json<UsageReport>(`/api/usage?timeZone=${encodeURIComponent(timeZone)}`);
      expect([days.map(({ name }) => name), until]).toEqual([[dayIn(timeZone)], dayIn(timeZone)]);
    }
  });

  it('names workers to the operator alone', async () => {
    const { queues } = await json<{ queues: QueueView[] }>('/api/workers');
    expect(queues[0]!.workers).toHaveLength(1);
    expect(queues[0]!.workers[0]!.kinds).toEqual(['workflow', 'activity']);
    expect(queues[0]!.figures).toHaveLength(2);
    const key = await env.newKey({ tenant: 'usage-acme' });
    const { queues: seen } = await json<{ queues: QueueView[] }>('/api/workers', key);
    expect(seen[0]).toMatchObject({ figures: null, workers: [{ identity: 'worker 1' }] });
    expect(JSON.stringify(seen)).not.toContain(queues[0]!.workers[0]!.identity);
  });
});
