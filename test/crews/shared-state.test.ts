import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { stateBounds } from '../../src/domain/state/state-bounds.ts';
import { plan, task } from '../support/plan/builders.ts';
import { stateAgent } from '../support/store/state-agent.ts';
import type { StoreRun } from '../support/store/store-run.ts';
import { lineageOf, useStore } from '../support/store/store-run.ts';

const { store, open } = useStore();
const agentOf = (run: StoreRun, taskId: string) => stateAgent(store(), run, taskId);
const crew = () => open(plan({ tasks: [task({ id: 'a' }), task({ id: 'b' })] }));

describe('ORCH-013: context updates, as values that agents share', () => {
  it('counts every version, tells it, and writes only over the one that is named', async () => {
    const run = await crew();
    const [a, b] = [agentOf(run, 'a'), agentOf(run, 'b')];
    expect(await a.get('count')).toEqual({ key: 'count', version: 0, value: null });
    const first = await a.set({ key: 'count', value: 1, version: 0 });
    expect(first.content).toBe('{"key":"count","version":1}');
    expect(first.wakes).toEqual(['state/count']);
    expect(first.events).toEqual([
      { type: 'state:set', taskId: 'a', stateKey: 'count', version: 1, actor: 'a_agent', detail: '1' },
    ]);
    const late = await b.set({ key: 'count', value: 1, version: 0 });
    expect(late).toMatchObject({ isError: true, content: expect.stringContaining('version 1 now, by a_agent') });
    expect(late.events).toBeUndefined();
    await b.set({ key: 'count', value: 2, version: 1 });
    expect(await a.get('count')).toEqual({ key: 'count', version: 2, value: 2, by: 'b_agent' });
    const history = await store().runs.stateHistory(run.runKey, 'count');
    expect(history.map(({ version, value, task: by }) => [version, value, by])).toEqual([
      [1, 1, 'a'],
      [2, 2, 'b'],
    ]);
  });

  it('loses none of many increments at once', async () => {
    const run = await crew();
    const increment = async (id: string): Promise<void> => {
      const one = agentOf(run, id);
      for (;;) {
        const { value, version } = await one.get('count');
        const done = await one.set({ key: 'count', value: Number(value) + 1, version: version! });
        if (!done.isError) return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, at) => increment(`agent-${at}`)));
    expect(await agentOf(run, 'a').get('count')).toMatchObject({ version: 12, value: 12 });
  });

  it('tells the model what is too long, too large, too much or missing, and writes nothing', async () => {
    const run = await crew();
    const a = agentOf(run, 'a');
    const bad: [JsonObject, string][] = [
      [{ key: 'x y', value: 1 }, 'a key is made of'],
      [{ key: 'x'.repeat(200), value: 1 }, 'at most 120 characters'],
      [{ key: 'x' }, 'Bad input. value:'],
      [{ key: 'x', value: 'y'.repeat(stateBounds.valueBytes) }, `at most ${stateBounds.valueBytes} are allowed`],
      [{ key: 'x', value: 1, version: 3 }, 'has no version yet'],
      [{ key: 'x', value: 1, token: 7 }, 'the token 7 is stale'],
    ];
    for (const [input, message] of bad) {
      expect(await a.set(input)).toMatchObject({ isError: true, content: expect.stringContaining(message) });
    }
    expect(await a.all()).toEqual({ keys: [], locks: [] });
    await store().sql.query('update state_books set keys = $2 where run_no = $1', [run.frozen.no, stateBounds.keys]);
    expect(await a.set({ key: 'one-more', value: 1 })).toMatchObject({ isError: true });
  });

  it('keeps what JSON can say and the database cannot, and other runs out', async () => {
    const [run, other] = [await crew(), await crew()];
    await agentOf(run, 'a').set({ key: '__proto__', value: { text: 'a\u0000b\ud800', big: 1e21, none: null } });
    expect(await agentOf(run, 'b').get('__proto__')).toMatchObject({
      value: { text: 'a\ufffdb\ufffd', big: 1e21, none: null },
    });
    expect(await agentOf(other, 'b').all()).toEqual({ keys: [], locks: [] });
  });

  it('stands in expressions as it is when a task begins, and nothing where nobody wrote', async () => {
    const about = task({
      id: 'b',
      when: 'state.phase == "build" && state.missing == null && state["plan/items"][0] == "x" && state.dotted_key',
      prompt: 'Do ${{ state.count }}',
      template: ['Do ', { expression: 'state.count' }],
    });
    const run = await open(plan({ tasks: [task({ id: 'a' }), about] }));
    const a = agentOf(run, 'a');
    for (const [key, value] of [
      ['phase', 'build'],
      ['plan/items', ['x']],
      ['dotted.key', true],
      ['count', 7],
    ] as const) {
      await a.set({ key, value: value as never });
    }
    expect(await run.begin('b')).toMatchObject({ verdict: 'start', about: 'Do 7' });
    const early = await open(plan({ tasks: [about] }));
    expect(await early.begin('b')).toMatchObject({ verdict: 'skip' });
  });

  it('comes along with the results of an earlier run, as its tasks wrote it, and goes when the run is removed', async () => {
    const tasks = [task({ id: 'a' }), task({ id: 'b', when: 'state.count == 2' })];
    const before = await open(plan({ tasks }));
    await before.begin('a');
    await agentOf(before, 'a').set({ key: 'count', value: 1 });
    await agentOf(before, 'a').set({ key: 'count', value: 2 });
    await before.succeed('a', 'done');
    const again = await open(plan({ tasks }), lineageOf(before));
    expect(await again.begin('a')).toMatchObject({ verdict: 'reuse' });
    expect(await agentOf(again, 'b').get('count')).toEqual({ key: 'count', version: 1, value: 2, by: 'a_agent' });
    expect(await again.begin('b')).toMatchObject({ verdict: 'start' });
    await store().runs.remove(before.runKey);
    const { rows } = await store().sql.query('select 1 from state_values where run_no = $1', [before.frozen.no]);
    expect(rows).toEqual([]);
  });
});
