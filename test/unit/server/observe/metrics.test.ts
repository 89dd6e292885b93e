import { describe, expect, it } from 'vitest';
import { toExposition } from '../../../../src/server/observe/exposition.ts';
import { createMetrics } from '../../../../src/server/observe/metrics.ts';
import { createReadiness } from '../../../../src/server/observe/readiness.ts';
import { RequestCounts } from '../../../../src/server/observe/request-counts.ts';
import type { FigureStore } from '../../../../src/store/service/figures.ts';

const queue = { queue: 'gaffer', kind: 'workflow' as const, pollers: 1, waiting: 3, oldestSeconds: 2 };
const queued = { ...queue, addedPerSecond: 0.5, dispatchedPerSecond: 0.25 };

function figuresOf(asked: (string | null)[], fails = false): FigureStore {
  return {
    runs: (tenant) => {
      asked.push(tenant);
      if (fails) return Promise.reject(new Error('away'));
      return Promise.resolve([{ status: 'running', runs: 2, tokens: 10, usd: 0.5 }]);
    },
    tasks: () => Promise.resolve([{ status: 'running', tasks: 4, retries: 1 }]),
    deliveries: () => Promise.resolve([{ state: 'pending', deliveries: 7 }]),
    streams: () => Promise.resolve(3),
    gates: () =>
      Promise.resolve([
        {
          provider: 'own http://me:secret@models.example/v1?key=secret #AbCdEfGhIjKl',
          model: 'm',
          isHeld: true,
          callsPerMinute: 50,
        },
      ]),
    pendingMigrations: () => Promise.resolve(0),
  };
}

describe('toExposition', () => {
  it('lets no value of a label end its line', () => {
    const text = toExposition([
      {
        ...{ name: 'a', type: 'gauge', help: 'What it is' },
        samples: [{ labels: { x: 'one"\n# TYPE evil counter\\' }, value: 1 }, { value: Number.POSITIVE_INFINITY }],
      },
    ]);
    expect(text).toBe('# HELP a What it is\n# TYPE a gauge\na{x="one\\"\\n# TYPE evil counter\\\\"} 1\na +Inf\n');
  });

  it('has buckets that grow, the last with all', () => {
    const counts = new RequestCounts();
    for (const seconds of [0.001, 0.2, 60]) counts.note({ method: 'GET', route: '/a', status: 200, seconds });
    const text = toExposition(counts.metrics());
    expect(text).toContain('gaffer_http_requests_total{method="GET",route="/a",status="200"} 3');
    expect(text).toContain('_bucket{route="/a",le="0.005"} 1');
    expect(text).toContain('_bucket{route="/a",le="0.25"} 2');
    expect(text).toContain('_bucket{route="/a",le="+Inf"} 3');
    expect(text).toContain('_count{route="/a"} 3');
  });
});

describe('createMetrics', () => {
  it('asks the store once in five seconds for each tenant, however many ask', async () => {
    const asked: (string | null)[] = [];
    let at = 0;
    const sources = { figures: () => figuresOf(asked), requests: new RequestCounts(), queues: async () => [queued] };
    const read = createMetrics(sources, () => at);
    await Promise.all([read(null), read(null), read('acme')]);
    at = 4999;
    await read('acme');
    expect(asked).toEqual([null, 'acme']);
    at = 5000;
    await read('acme');
    expect(asked).toEqual([null, 'acme', 'acme']);
  });

  it('asks again after the store did not answer', async () => {
    const asked: (string | null)[] = [];
    let fails = true;
    const sources = { figures: () => figuresOf(asked, fails), requests: new RequestCounts(), queues: async () => [] };
    const read = createMetrics(sources, () => 0);
    await expect(read('acme')).rejects.toThrow('away');
    fails = false;
    await expect(read('acme')).resolves.toHaveLength(7);
  });

  it('tells what is of all to the operator alone', async () => {
    const sources = { figures: () => figuresOf([]), requests: new RequestCounts(), queues: async () => [queued] };
    const read = createMetrics(sources);
    const all = toExposition(await read(null));
    expect(all).toContain('gaffer_queue_depth{queue="gaffer",kind="workflow"} 3');
    expect(all).toContain('gaffer_queue_oldest_seconds{queue="gaffer",kind="workflow"} 2');
    expect(all).toContain('gaffer_model_breaker_open{provider="own models.example #AbCdEf",model="m"} 1');
    expect(toExposition(await read('acme'))).not.toMatch(/gaffer_(queue|model|http)/);
  });
});

describe('createReadiness', () => {
  const check = (pending: () => Promise<number>, queues: () => Promise<(typeof queued)[]>) =>
    createReadiness({ figures: () => ({ pendingMigrations: pending }), queues })();

  it.each([
    ['nothing', async () => 0, async () => [queued], []],
    ['migrations', async () => 2, async () => [queued], ['migrations']],
    ['a worker', async () => 0, async () => [{ ...queued, pollers: 0 }], ['worker']],
    [
      'everything',
      () => Promise.reject(new Error('x')),
      () => Promise.reject(new Error('x')),
      ['database', 'temporal'],
    ],
  ])('says that %s is missing', async (_what, pending, queues, parts) => {
    expect((await check(pending, queues)).map(({ part }) => part)).toEqual(parts);
  });
});
