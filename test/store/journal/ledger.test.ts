import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Holder, ModelIntent, ScopeLimit } from '../../../src/store/journal/entry.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

const holder = (): Holder => ({ token: randomUUID(), host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' });
const scope = (name: string, limitNano: number | null, limitTokens: number | null = null): ScopeLimit => ({
  ...{ scope: name, limitNano, limitTokens },
});

interface Sums {
  spent_nano: number;
  spent_tokens: number;
  reserved_nano: number;
  reserved_tokens: number;
}

describe('ledger', () => {
  let store: WorkerStore;
  let no: number;
  useTestStore((opened) => (store = opened.store));
  beforeEach(async () => {
    const runKey = `run-${randomUUID()}`;
    const planHash = await savePlan(store.sql, plan());
    const run = { runKey, runId: runKey, temporalRunId: 't', plan: plan(), planHash, board: runKey, launch: null };
    no = await openRun(store.sql, run, { nano: 100_000, tokens: null });
  });

  const begin = (key: string, nano: number, scopes: ScopeLimit[], held = holder()) =>
    store.journal.beginModel({
      ...{ no, key, holder: held, message: null, intent: {}, reserve: { nano, tokens: nano }, scopes, events: [] },
    } satisfies ModelIntent);
  const commit = (key: string, token: string, cost: number) =>
    store.journal.commitModel({
      ...{ no, key, token, usage: {}, cost, tokens: cost, result: {} },
      message: {
        ...{ id: `${no}-${key}`, parent: null, root: `${no}-${key}`, viewFrom: null, depth: 1 },
        ...{ callKey: key, role: 'assistant' as const, content: [{ type: 'text' as const, text: 'x' }] },
      },
      context: { name: 'c', agent: 'worker' },
      events: [],
    });
  const ledger = async (): Promise<Map<string, Sums>> => {
    const { rows } = await store.sql.query<Sums & { scope: string }>(
      `select scope, spent_nano, spent_tokens, reserved_nano, reserved_tokens from ledger where run_no = $1
       union all select 'run', spent_nano, spent_tokens, reserved_nano, reserved_tokens from runs where no = $1`,
      [no],
    );
    return new Map(rows.map(({ scope: name, ...sums }) => [name, sums]));
  };

  it('J5 reserves in every limit, settles and gives back in each', async () => {
    const scopes = [scope('phase/Build', 1000), scope('task/a', null, 1000)];
    const first = holder();
    expect(await begin('a', 400, scopes, first)).toEqual({ state: 'fresh' });
    const second = holder();
    await begin('b', 300, [scope('phase/Build', 1000)], second);
    expect((await ledger()).get('phase/Build')).toMatchObject({ reserved_nano: 700, spent_nano: 0 });
    expect(await commit('a', first.token, 150)).toContainEqual(
      expect.objectContaining({ scope: 'phase/Build', nano: 150, limitNano: 1000 }),
    );
    await store.journal.drop(no, 'b', second.token);
    const sums = await ledger();
    expect(sums.get('phase/Build')).toEqual({
      spent_nano: 150,
      spent_tokens: 150,
      reserved_nano: 0,
      reserved_tokens: 0,
    });
    expect(sums.get('task/a')).toEqual(sums.get('phase/Build'));
    expect(sums.get('run')).toEqual(sums.get('phase/Build'));
  });

  it('J5 writes nothing when one limit has no room, and names the narrowest', async () => {
    const scopes = [scope('phase/Build', 300), scope('task/a', 200), scope('agent/worker', 10_000)];
    const begun = await begin('a', 250, scopes);
    expect(begun).toMatchObject({
      state: 'exceeded',
      exceeded: { scope: 'task/a', unit: 'usd', limit: 200, asked: 250 },
    });
    expect([...(await ledger()).values()].every(({ reserved_nano }) => reserved_nano === 0)).toBe(true);
    expect(await begin('b', 250, [scope('task/t', null, 100)])).toMatchObject({
      exceeded: { scope: 'task/t', unit: 'tokens', limit: 100 },
    });
    expect(await begin('c', 100_001, [])).toMatchObject({ exceeded: { scope: 'run', unit: 'usd' } });
  });

  it('counts the money of the last minute, and says when there is room again', async () => {
    await store.sql.query('update runs set limit_nano_per_minute = 1000 where no = $1', [no]);
    const first = holder();
    await begin('a', 900, [], first);
    expect(await begin('b', 200, [])).toMatchObject({ exceeded: { scope: 'speed', reserved: 900, freeAt: null } });
    await commit('a', first.token, 900);
    const { rows } = await store.sql.query<{ at: Date }>(
      `select created_at + interval '1 minute' as at from messages where run_no = $1`,
      [no],
    );
    expect(await begin('b', 200, [])).toMatchObject({
      exceeded: { scope: 'speed', unit: 'usd', spent: 900, limit: 1000, freeAt: rows[0]!.at.toISOString() },
    });
    await store.sql.query(`update messages set created_at = created_at - interval '61 seconds' where run_no = $1`, [
      no,
    ]);
    expect(await begin('b', 200, [])).toEqual({ state: 'fresh' });
    expect(await begin('c', 1001, [])).toMatchObject({ exceeded: { scope: 'speed', freeAt: null } });
  });

  it('adds up exactly and never goes past a limit, with many calls, retries and losses at once', async () => {
    const limit = 5000;
    const scopes = (index: number): ScopeLimit[] => [
      scope(`phase/${index % 2}`, limit),
      scope(`task/${index % 5}`, limit / 2),
      ...(index % 3 === 0 ? [scope('agent/worker', null, limit)] : []),
    ];
    let wasAbove = false;
    const watch = async () => {
      for (const { spent_nano, reserved_nano } of (await ledger()).values())
        wasAbove ||= spent_nano + reserved_nano > 100_000;
      const { rows } = await store.sql.query(
        `select 1 from ledger where run_no = $1 and (spent_nano + reserved_nano > limit_nano or spent_tokens + reserved_tokens > limit_tokens)`,
        [no],
      );
      wasAbove ||= rows.length > 0;
    };
    const call = async (index: number) => {
      const key = `call-${index}`;
      const held = [holder(), holder()];
      // Two attempts of the same call, of which the later one owns the row.
      const begun = [];
      for (const each of index % 4 === 0 ? held : held.slice(1)) begun.push(await begin(key, 200, scopes(index), each));
      if (begun.at(-1)!.state === 'exceeded') return;
      if (index % 7 === 0) return store.journal.drop(no, key, held[1]!.token);
      const late = await commit(key, held[0]!.token, 7);
      expect(late).toBeNull();
      await commit(key, held[1]!.token, 100 + index);
    };
    const calls = Array.from({ length: 80 }, (_, index) => call(index));
    await Promise.all([...calls, watch(), watch(), watch()]);
    await watch();
    expect(wasAbove).toBe(false);
    const { rows } = await store.sql.query<{ call_key: string; cost_nano: number }>(
      'select call_key, cost_nano from messages where run_no = $1 and cost_nano is not null',
      [no],
    );
    const sums = await ledger();
    const paid = (isIn: (index: number) => boolean): number =>
      rows.filter((row) => isIn(Number(row.call_key.split('-')[1]))).reduce((sum, row) => sum + row.cost_nano, 0);
    expect(rows.length).toBeGreaterThan(10);
    expect(sums.get('run')).toMatchObject({ spent_nano: paid(() => true), reserved_nano: 0, reserved_tokens: 0 });
    for (const part of [0, 1])
      expect(sums.get(`phase/${part}`)).toMatchObject({
        spent_nano: paid((index) => index % 2 === part),
        reserved_nano: 0,
      });
    for (const part of [0, 1, 2, 3, 4])
      expect(sums.get(`task/${part}`)).toMatchObject({
        spent_nano: paid((index) => index % 5 === part),
        reserved_nano: 0,
      });
    expect(sums.get('agent/worker')).toMatchObject({
      spent_tokens: paid((index) => index % 3 === 0),
      reserved_tokens: 0,
    });
  });
});
