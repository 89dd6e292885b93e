import { describe, expect, it } from 'vitest';
import { toRunView } from '../../../../src/client/follow/to-run-view.ts';
import type { RunResult } from '../../../../src/domain/run/run-result.ts';
import type { RunRow } from '../../../../src/store/store.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const row = {
  ...{ runId: 'demo-1', workflow: 'demo', reason: null, startedAt: '2026-11-21T10:00:00.000Z', endedAt: null },
  ...{ workspace: '/work', board: 'demo-1', lineage: null, result: null },
} as unknown as RunRow;
const now = Date.parse(row.startedAt);

const usage = { inputTokens: 5, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 };
const result: RunResult = {
  ...{ runId: 'demo-1', workflow: 'demo', status: 'failed', reason: 'b failed' },
  summary: {
    ...{ totalTasks: 1, successfulTasks: 0, failedTasks: 1, cancelledTasks: 0, skippedTasks: 0, reusedTasks: 0 },
    ...{ compensatedTasks: 0, totalTokens: 7, totalDuration: 1000, costUsd: 0.1, sessions: 1, contexts: 1 },
  },
  tasks: {
    a: {
      ...{ status: 'failed', agent: 'coder', context: 'a', output: 'no', durationMs: 9, attempts: 1, turns: 2 },
      ...{ usage, costUsd: 0.1, error: 'boom' },
    },
  },
  compensations: [{ taskId: 'a', taskEnded: true, status: 'succeeded', error: null }],
};

describe('toRunView', () => {
  it('counts no task of an open run as ended that has not ended', () => {
    const [begin, one, two, three] = startedRun(['a', 'b', 'c']);
    const skipped = { type: 'task:skipped', taskId: 'b', reason: 'a failed' } as const;
    const state = stateAfter(begin!, one!, two!, three!, skipped);
    expect(toRunView({ row, state, status: 'running', stuck: null, workspaces: {} }, now)).toMatchObject({
      summary: { totalTasks: 3, successfulTasks: 0, failedTasks: 0, cancelledTasks: 0, skippedTasks: 1 },
      tasks: { a: { status: 'pending' }, b: { status: 'skipped' }, c: { status: 'pending' } },
    });
  });

  it('has the same keys while a run goes on and once it has ended, of the run and of its tasks', () => {
    const state = stateAfter(...startedRun(['a']));
    const open = toRunView({ row, state, status: 'running', stuck: 'no worker', workspaces: {} }, now);
    const ended = toRunView({ row: { ...row, result }, state, status: 'failed', stuck: null, workspaces: {} }, now);
    expect(Object.keys(ended)).toEqual(Object.keys(open));
    expect(Object.keys(ended.tasks['a']!).toSorted()).toEqual(Object.keys(open.tasks['a']!).toSorted());
    expect(ended).toMatchObject({
      status: 'failed',
      reason: 'b failed',
      tasks: { a: { tokens: 7, usage, output: 'no' } },
    });
    expect(ended.compensations).toEqual([{ taskId: 'a', taskEnded: true, status: 'succeeded', what: '', error: null }]);
    expect(open).toMatchObject({ stuck: 'no worker', endedAt: null, tasks: { a: { usage: null, waitsFor: null } } });
  });
});
