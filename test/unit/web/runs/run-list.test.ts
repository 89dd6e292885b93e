import { describe, expect, it } from 'vitest';
import type { RunEntry, RunPage } from '../../../../src/client/runs.ts';
import {
  builtIn,
  noFilters,
  readFilters,
  sinceTime,
  toQuery,
  writeFilters,
} from '../../../../web/src/pages/runs/filters.ts';
import { planBulk } from '../../../../web/src/pages/runs/bulk.ts';
import { RunList } from '../../../../web/src/pages/runs/run-list.ts';
import { moved, nothingChosen, picked, ranged } from '../../../../web/src/pages/runs/selection.ts';

function run(no: number, more: Partial<RunEntry> = {}): RunEntry {
  const startedAt = new Date(Date.UTC(2026, 10, 30) + no * 1000).toISOString();
  return {
    ...{ runId: `r${no}`, workflow: 'w', status: 'succeeded', reason: null, board: 'b', workspace: '/' },
    ...{ startedAt, endedAt: startedAt, durationMs: 1, costUsd: 1, totalTokens: 1, from: null, ...more },
  };
}

/** A service with runs, newest first, a page of three at a time. */
function service(start: RunEntry[]) {
  const state = { runs: start, asked: [] as (string | undefined)[] };
  const ask = (_part: number, cursor: string | undefined): Promise<RunPage> => {
    state.asked.push(cursor);
    const from = cursor === undefined ? 0 : state.runs.findIndex(({ runId }) => runId === cursor) + 1;
    const runs = state.runs.slice(from, from + 3);
    return Promise.resolve({ runs, next: from + 3 < state.runs.length ? runs.at(-1)!.runId : null });
  };
  return { state, ask };
}

const newest = (count: number): RunEntry[] => Array.from({ length: count }, (_, at) => run(count - at));
const idsOf = (list: RunList): string[] => list.listed().runs.map(({ runId }) => runId);

describe('RunList', () => {
  it('moves no row while somebody points at it, and then shows what began and drops what fits no more', async () => {
    const { state, ask } = service(newest(8));
    const list = new RunList(ask);
    await list.more();
    expect(idsOf(list)).toEqual(['r8', 'r7', 'r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
    list.hold(true);
    state.runs = [run(10), run(8, { status: 'failed' }), ...newest(6)];
    await list.look(0, 2);
    expect(idsOf(list)).toEqual(['r8', 'r7', 'r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
    expect(list.listed().runs[0]!.status).toBe('failed');
    expect(list.listed().fresh).toBe(1);
    list.hold(false);
    expect(idsOf(list)).toEqual(['r10', 'r8', 'r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
  });

  it('asks anew for the first page and for what is seen, however much is loaded', async () => {
    const { state, ask } = service(newest(40));
    const list = new RunList(ask);
    while (list.listed().hasMore) await list.more();
    state.asked = [];
    await list.look(21, 22);
    expect(state.asked).toHaveLength(2);
    expect(idsOf(list)).toHaveLength(40);
  });

  it('lists each run in the first part that has it', async () => {
    const parts = [[run(1)], [run(2), run(1)], [run(3)]];
    const list = new RunList((part) => Promise.resolve({ runs: parts[part]!, next: null }), 3);
    await list.more();
    expect(idsOf(list)).toEqual(['r1', 'r2', 'r3']);
  });
});

describe('filters', () => {
  it('stand in the address and come back from it as they were', () => {
    const filters = {
      ...noFilters,
      status: ['failed', 'open'],
      label: ['team=a&b', 'k==x'],
      search: '50% "ü"',
      since: '7d',
    };
    expect(readFilters(writeFilters(filters))).toEqual(filters);
    for (const { search } of builtIn) expect(writeFilters(readFilters(search))).toBe(search);
    expect(readFilters('since=__proto__&label=none')).toEqual(noFilters);
  });

  it('ask with a moment for a length of time', () => {
    const now = Date.UTC(2026, 10, 30, 12);
    expect(sinceTime('24h', now)).toBe('2026-11-29T12:00:00.000Z');
    expect(toQuery({ ...noFilters, since: '7d' }, now)['since']).toBe('2026-11-23T12:00:00.000Z');
  });
});

it('goes through rows, and chooses ranges beside what is chosen', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const at = moved(nothingChosen, ids, 1);
  expect(moved(at, ids, -1).cursor).toBe('a');
  const down = moved(moved(at, ids, 1, true), ids, 1, true);
  expect([...down.chosen]).toEqual(['a', 'b', 'c']);
  expect([...ranged(picked(nothingChosen, 'd'), ids, 'b').chosen].toSorted()).toEqual(['b', 'c', 'd']);
  expect(picked(picked(nothingChosen, 'a'), 'a').chosen.size).toBe(0);
});

it('says before a yes how many runs an action is for, what it costs, and which are left alone', () => {
  const chosen = [run(1), run(2, { status: 'running', endedAt: null, costUsd: 0.5 }), run(3, { status: 'failed' })];
  const cancel = planBulk('cancel', chosen);
  expect([cancel.title, cancel.left]).toEqual(['Cancel 1 run', '2 runs are left alone: ended already.']);
  expect(cancel.what.join(' ')).toContain('$0.50');
  expect(planBulk('retry', chosen).runs.map(({ runId }) => runId)).toEqual(['r2', 'r3']);
  expect(planBulk('remove', chosen).runs.map(({ runId }) => runId)).toEqual(['r1', 'r3']);
});
