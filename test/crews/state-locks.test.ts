import { describe, expect, it } from 'vitest';
import type { RunEventDraft } from '../../src/domain/run/run-events.ts';
import { plan, task } from '../support/plan/builders.ts';
import { stateAgent, tokenOf } from '../support/store/state-agent.ts';
import type { StoreRun } from '../support/store/store-run.ts';
import { useStore } from '../support/store/store-run.ts';
import { until } from '../support/base/until.ts';

const { store, open } = useStore();
const crew = () => open(plan({ tasks: ['a', 'b', 'c'].map((id) => task({ id })) }));
const agents = (run: StoreRun) => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => stateAgent(store(), run, id));
  return { a: a!, b: b!, c: c! };
};
const holderOf = async (run: StoreRun): Promise<string | undefined> =>
  (await store().runs.sharedState(run.runKey)).locks[0]?.task;

const done = { agentName: 'worker', duration: 1, tokensUsed: 1, costUsd: 0, turns: 1 };
const ends: [string, RunEventDraft][] = [
  ['succeeds', { key: 'complete/a~1', type: 'task:complete', taskId: 'a', success: true, ...done }],
  ['fails', { key: 'error/a~1', type: 'task:error', taskId: 'a', error: 'no', attempt: 1, willRetry: false }],
  ['is tried anew', { key: 'error/a~1', type: 'task:error', taskId: 'a', error: 'no', attempt: 1, willRetry: true }],
  ['is skipped or cancelled', { key: 'skipped/a/1', type: 'task:skipped', taskId: 'a', reason: 'enough' }],
];

describe('ORCH-014: context locking', () => {
  it('gives a lock to one at a time, first come first served, each with a higher token', async () => {
    const run = await crew();
    const { a, b, c } = agents(run);
    const first = tokenOf(await a.lock('doc'));
    expect(tokenOf(await a.lock('doc'))).toBe(first);
    const waiting = await b.lock('doc');
    expect(waiting.waits).toMatchObject({ key: 'lock/doc/b~1', what: 'the lock "doc", which a_agent has' });
    await c.lock('doc');
    expect((await b.lock('doc')).waits?.key).toBe('lock/doc/b~1');
    expect(await a.all()).toEqual({ keys: [], locks: [{ key: 'doc', by: 'a_agent', waiting: 2 }] });
    expect(await a.release('doc')).toMatchObject({ wakes: ['lock/doc/b~1'] });
    const second = tokenOf(await b.lock('doc'));
    expect(second).toBeGreaterThan(first);
    expect(await b.release('doc')).toMatchObject({ wakes: ['lock/doc/c~1'] });
    expect(tokenOf(await c.lock('doc'))).toBeGreaterThan(second);
    expect(await b.release('doc')).toMatchObject({ isError: true });
  });

  it('lets nobody else write what is locked, and refuses a stale token at the write', async () => {
    const run = await crew();
    const { a, b } = agents(run);
    const token = tokenOf(await a.lock('doc'));
    expect(await b.set({ key: 'doc', value: 1 })).toMatchObject({
      isError: true,
      content: expect.stringContaining('locked by a_agent'),
    });
    expect(await b.set({ key: 'doc', value: 1, token })).toMatchObject({ isError: true });
    expect(await a.set({ key: 'doc', value: 1, token })).not.toHaveProperty('isError');
    expect(await a.set({ key: 'other', value: 1, token })).not.toHaveProperty('isError');
    await a.release('doc');
    const stale = await a.set({ key: 'doc', value: 2, token });
    expect(stale).toMatchObject({ isError: true, content: expect.stringContaining(`token ${token} is stale`) });
    expect(await b.get('doc')).toMatchObject({ version: 1, value: 1 });
  });

  it.each(ends)(
    'falls with its attempt, which %s, goes to who waits, and takes nothing any more',
    async (_how, event) => {
      const run = await crew();
      const { a, b } = agents(run);
      const token = tokenOf(await a.lock('doc'));
      await b.lock('doc');
      await run.record({ events: [event] });
      expect(await holderOf(run)).toBe('b');
      tokenOf(await b.lock('doc'));
      for (const late of [a.set({ key: 'doc', value: 1, token }), a.set({ key: 'x', value: 1 }), a.lock('x')]) {
        expect(await late).toMatchObject({ isError: true, content: expect.stringContaining('is over') });
      }
      const again = stateAgent(store(), run, 'a', 2);
      expect((await again.lock('doc')).waits).toBeDefined();
    },
  );

  it('is free when its lease is over, and who waits need not be told', async () => {
    const run = await crew();
    const { a, b } = agents(run);
    const token = tokenOf(await a.lock('doc', { lease: '1s' }));
    const { waits } = await b.lock('doc');
    expect(Date.parse(waits!.until!) - Date.now()).toBeLessThanOrEqual(1000);
    await until('the lease is over', async () => (await b.lock('doc')).waits === undefined);
    expect(await holderOf(run)).toBe('b');
    expect(await a.set({ key: 'doc', value: 1, token })).toMatchObject({ isError: true });
  });

  it('is not waited for longer than was said', async () => {
    const run = await crew();
    const { a, b } = agents(run);
    await a.lock('doc');
    expect(await b.lock('doc', { wait: false })).toMatchObject({
      isError: true,
      content: 'no lock: "doc" is held by a_agent',
    });
    await b.lock('doc', { deadline: '300ms' });
    await until('the time is over', async () => (await b.lock('doc', { deadline: '300ms' })).isError === true);
    await a.release('doc');
    expect(await holderOf(run)).toBeUndefined();
  });

  it('is waited for anew by who got it when its time to wait was just over', async () => {
    const run = await crew();
    const { a, b } = agents(run);
    await a.lock('doc');
    await b.lock('doc', { deadline: '100ms' });
    await until('the time is over', async () => JSON.stringify((await a.all())['locks']).includes('"waiting":0'));
    await a.release('doc');
    tokenOf(await b.lock('doc'));
    await b.release('doc');
    await a.lock('doc');
    expect((await b.lock('doc')).waits?.key).toBe('lock/doc/b~1');
  });

  it('finds those who wait for each other in a ring, and tells all of them', async () => {
    const run = await crew();
    const { a, b, c } = agents(run);
    await a.lock('x');
    await b.lock('y');
    await c.lock('z');
    await a.lock('y');
    await b.lock('z');
    const closing = await c.lock('x');
    expect(closing).toMatchObject({ isError: true, content: expect.stringContaining('in a ring') });
    expect(closing.content).toContain('c_agent waits for "x", which a_agent has');
    expect(closing.wakes?.toSorted()).toEqual(['lock/y/a~1', 'lock/z/b~1']);
    expect(await a.lock('y')).toMatchObject({ isError: true, content: closing.content });
    expect(await b.lock('z')).toMatchObject({ isError: true, content: closing.content });
    await c.release('z');
    tokenOf(await b.lock('z'));
  });

  it('is bounded for one attempt', async () => {
    const { a } = agents(await crew());
    for (let at = 0; at < 20; at++) tokenOf(await a.lock(`key-${at}`));
    expect(await a.lock('one-more')).toMatchObject({ isError: true, content: expect.stringContaining('20') });
  });
});

describe('ORCH-013: waiting for a context update', () => {
  it('gives what is newer at once, else waits to be woken by the write', async () => {
    const run = await crew();
    const { a, b } = agents(run);
    expect((await b.wait({ key: 'doc' })).waits).toMatchObject({ key: 'state/doc' });
    expect((await a.set({ key: 'doc', value: 'x' })).wakes).toEqual(['state/doc']);
    expect(JSON.parse((await b.wait({ key: 'doc' })).content)).toEqual({
      key: 'doc',
      version: 1,
      value: 'x',
      by: 'a_agent',
    });
    expect((await b.wait({ key: 'doc', after: 1 })).waits).toBeDefined();
    await store().sql.query(
      `insert into waits (run_no, call_key, key, workflow_id, task_id, since) values ($1, 'b~1/1/t/0', 'state/doc', 'w', 'b', now() - interval '1 h')`,
      [run.frozen.no],
    );
    expect(await b.wait({ key: 'doc', after: 1, deadline: '30m' })).toMatchObject({
      isError: true,
      content: expect.stringContaining('it still has version 1'),
    });
  });
});
