import { describe, expect, it } from 'vitest';
import { stateResult } from '../../../../src/cli/show/standing.ts';
import type { RunRow } from '../../../../src/store/store.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

const row = { runId: 'demo-1', workflow: 'demo', reason: null, startedAt: '2026-11-21T10:00:00.000Z' } as RunRow;

describe('stateResult', () => {
  it('counts no task of an open run as ended that has not ended', () => {
    const [begin, one, two, three] = startedRun(['a', 'b', 'c']);
    const skipped = { type: 'task:skipped', taskId: 'b', reason: 'a failed' } as const;
    const state = stateAfter(begin!, one!, two!, three!, skipped);
    expect(stateResult({ row, state, status: 'running' }, Date.parse(row.startedAt))).toMatchObject({
      summary: { totalTasks: 3, successfulTasks: 0, failedTasks: 0, cancelledTasks: 0, skippedTasks: 1 },
      tasks: { a: { status: 'pending' }, b: { status: 'skipped' }, c: { status: 'pending' } },
    });
  });
});
