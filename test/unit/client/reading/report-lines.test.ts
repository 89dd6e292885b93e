import { describe, expect, it } from 'vitest';
import { reportLines } from '../../../../src/client/reading/report-lines.ts';
import type { RunView, TaskView } from '../../../../src/client/run-view.ts';

const usual: TaskView = {
  ...{ status: 'succeeded', agent: 'aider', context: 'a', output: '', durationMs: 12_000, attempts: 1, turns: 1 },
  ...{ tokens: 10, usage: null, costUsd: 0.25, error: null, waitsFor: null },
};

function viewOf(tasks: Record<string, TaskView>): RunView {
  const counts = { successfulTasks: 0, failedTasks: 0, cancelledTasks: 0, skippedTasks: 0, reusedTasks: 0 };
  return {
    ...{ runId: 'ws-x7k2', workflow: 'workstreams', status: 'partial', reason: '1 task failed' },
    ...{ startedAt: '2026-01-01T10:00:00.000Z', endedAt: '2026-01-01T10:01:00.000Z', workspace: '/w', workspaces: {} },
    ...{
      board: 'b',
      outputs: {},
      outputErrors: {},
      compensations: [],
      waiting: [],
      stuck: null,
      held: null,
      lineage: null,
    },
    summary: {
      ...{ ...counts, compensatedTasks: 0, totalTasks: 3, totalTokens: 30, totalDuration: 60_000, costUsd: 0.75 },
      ...{ sessions: 1, contexts: 1 },
    },
    tasks,
  };
}

describe('reportLines', () => {
  it('has totals, success rate, and every task with who did it, how long, for how much, and why it failed', () => {
    const failed: TaskView = { ...usual, status: 'failed', attempts: 3, error: 'no `key` in [here](x)' };
    const skipped: TaskView = {
      ...usual,
      status: 'skipped',
      durationMs: 0,
      attempts: 0,
      costUsd: 0,
      error: 'ws-2 failed',
    };
    const view = viewOf({ 'ws-1': { ...usual, member: 'agent-1' }, 'ws-2': failed, 'ws-3': skipped });
    expect(reportLines(view).join('\n')).toBe(`# Multi-Agent Execution Report

Run ws-x7k2 of workstreams: partial, 1 task failed

## Summary

- Total tasks: 3
- Completed: 1
- Failed: 1
- Skipped: 1
- Success rate: 33.3%
- Started: 2026-01-01T10:00:00.000Z
- Ended: 2026-01-01T10:01:00.000Z
- Duration: 1:00
- Cost: $0.7500, 30 tokens

## Completed

- ✅ ws-1 (agent-1, aider · 12 s · 1 attempt · $0.2500)

## Failed

- ❌ ws-2 (aider · 12 s · 3 attempts · $0.2500): no \\\`key\\\` in \\[here](x)

## Skipped

- ⏭️ ws-3 (aider · $0): ws-2 failed`);
  });
});
