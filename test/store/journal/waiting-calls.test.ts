import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Holder, ScopeLimit } from '../../../src/store/journal/entry.ts';
import { releaseAttempts } from '../../../src/store/journal/waiting-calls.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { fc, runs } from '../../support/base/properties.ts';
import { plan } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

const limitNano = 1000;

describe('calls that wait for what others hold back', () => {
  let store: WorkerStore;
  let no: number;
  let holders: Map<string, Holder>;
  useTestStore((opened) => (store = opened.store));
  const openedRun = async (): Promise<void> => {
    const runKey = `run-${randomUUID()}`;
    const planHash = await savePlan(store.sql, plan());
    const run = { runKey, runId: runKey, temporalRunId: 't', plan: plan(), planHash, board: runKey, launch: null };
    no = await openRun(store.sql, run, { nano: limitNano, tokens: null });
    holders = new Map();
  };
  beforeEach(openedRun);

  const begin = async (key: string, nano: number, scopes: ScopeLimit[] = []): Promise<string> => {
    const holder = { token: randomUUID(), host: 'h', pid: 1, workflowId: `of-${key}`, runId: 'r', activityId: '1' };
    const intent = { no, key, holder, message: null, intent: {}, reserve: { nano, tokens: 0 }, scopes, events: [] };
    const begun = await store.journal.beginModel(intent);
    if (begun.state === 'fresh') holders.set(key, holder);
    return begun.state === 'exceeded' && begun.exceeded.isHeld ? 'held' : begun.state;
  };
  const end = (key: string, cost: number) =>
    store.journal.commitModel({
      ...{ no, key, token: holders.get(key)!.token, usage: {}, cost, tokens: 0, result: {}, events: [] },
      message: {
        ...{ id: `${no}-${key}`, parent: null, root: `${no}-${key}`, viewFrom: null, depth: 1, callKey: key },
        ...{ role: 'assistant' as const, content: [{ type: 'text' as const, text: 'x' }] },
      },
      context: null,
    });
  const calledUp = async (): Promise<string[]> => (await store.journal.callUp(no)).map(({ key }) => key);
  const scope = (name: string, limit: number): ScopeLimit => ({ scope: name, limitNano: limit, limitTokens: null });

  it('wait while they would fit without it, and are exceeded as soon as they never can', async () => {
    expect(await begin('a', 800)).toBe('fresh');
    expect(await begin('b', 300)).toBe('held');
    expect(await begin('c', 1001)).toBe('exceeded');
    expect(await end('a', 800)).toEqual([expect.objectContaining({ scope: 'run', hasWaiting: true })]);
    expect(await calledUp()).toEqual(['b']);
    expect(await begin('b', 300)).toBe('exceeded');
  });

  it('Q1 go in the order in which they came, also before a smaller one that would fit', async () => {
    await begin('a', 800);
    expect(await begin('b', 500)).toBe('held');
    expect(await begin('c', 100)).toBe('held');
    expect(await calledUp()).toEqual([]);
    await end('a', 10);
    expect(await begin('d', 100)).toBe('held');
    expect(await calledUp()).toEqual(['b', 'c', 'd']);
    // Q3: called up together, they may come in any order.
    expect(await begin('e', 10)).toBe('held');
    expect(await begin('d', 100)).toBe('fresh');
    expect(await begin('b', 500)).toBe('fresh');
    expect(await begin('c', 100)).toBe('fresh');
    expect(await begin('e', 10)).toBe('fresh');
  });

  it('are seen by whoever gives back at the same moment', async () => {
    for (let round = 0; round < 30; round++) {
      await openedRun();
      await begin('a', 900);
      const [state, spent] = await Promise.all([begin('b', 500), end('a', 10)]);
      if (state === 'held') expect(spent).toEqual([expect.objectContaining({ hasWaiting: true })]);
    }
  });

  it('wait only behind those who wait for a limit of theirs', async () => {
    const agent = [scope('agent/one', 100)];
    await begin('a', 90, agent);
    expect(await begin('b', 90, agent)).toBe('held');
    expect(await begin('c', 5, agent)).toBe('held');
    expect(await begin('d', 90, [scope('agent/two', 100)])).toBe('fresh');
    expect(await begin('e', 90)).toBe('fresh');
    await end('a', 1);
    expect(await calledUp()).toEqual(['b', 'c']);
  });

  it('Q2 lose a place that they do not ask for again, and keep one that they do', async () => {
    await begin('a', 900);
    await begin('b', 500);
    await begin('c', 500);
    expect(await begin('b', 500)).toBe('held');
    await store.sql.query(`update waiting_calls set keeps_until = now() - interval '1 second' where key = 'b'`);
    await end('a', 10);
    expect(await calledUp()).toEqual(['c']);
    expect(await begin('c', 500)).toBe('fresh');
    // It is the only one, so it is next as soon as it asks.
    expect(await begin('b', 500)).toBe('held');
    await end('c', 10);
    expect(await calledUp()).toEqual(['b']);
  });

  it('get back what an attempt left that came to no end, and whoever comes late from it changes nothing', async () => {
    const scopes = [scope('task/one', 900)];
    await begin('one~1/1/0', 800, scopes);
    expect(await begin('two~1/1/0', 800)).toBe('held');
    expect(await begin('one~12/1/0', 100, scopes)).toBe('held');
    await store.transaction((sql) => releaseAttempts(sql, no, ['one~1/']));
    expect(await calledUp()).toEqual(['two~1/1/0', 'one~12/1/0']);
    await end('one~1/1/0', 50);
    const { rows } = await store.sql.query(
      `select spent_nano::integer as spent, reserved_nano::integer as held from runs where no = $1
       union all select spent_nano, reserved_nano from ledger where run_no = $1`,
      [no],
    );
    expect(rows).toEqual([
      { spent: 50, held: 0 },
      { spent: 50, held: 0 },
    ]);
  });

  it('all get their turn, whatever limits they count to: none waits for ever, none goes past a limit', async () => {
    const call = fc.record({
      nano: fc.integer({ min: 1, max: 120 }),
      cost: fc.integer({ min: 0, max: 3 }),
      scopes: fc.subarray(['phase/p', 'task/t', 'agent/a']),
    });
    const limits: Record<string, number> = { 'phase/p': 300, 'task/t': 250, 'agent/a': 200 };
    const check = async (calls: { nano: number; cost: number; scopes: string[] }[]): Promise<void> => {
      await openedRun();
      const open = new Set(calls.keys());
      const atWork: number[] = [];
      for (let round = 0; open.size > 0; round++) {
        // At the latest each round ends one call, so each waiting one gets on.
        expect(round).toBeLessThan(3 * calls.length + 3);
        for (const index of open) {
          if (atWork.includes(index)) continue;
          const { nano, scopes } = calls[index]!;
          const state = await begin(
            `c${index}~1/1/0`,
            nano,
            scopes.map((name) => scope(name, limits[name]!)),
          );
          expect(['fresh', 'held']).toContain(state);
          if (state === 'fresh') atWork.push(index);
        }
        expect(atWork.length).toBeGreaterThan(0);
        const done = atWork.shift()!;
        await end(`c${done}~1/1/0`, calls[done]!.cost);
        open.delete(done);
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 14 }), check), runs(8));
  });
});
