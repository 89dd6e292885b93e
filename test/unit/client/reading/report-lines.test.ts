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

  it('says of each branch what it changes, where it is, what its gate said, and why it is not in', () => {
    const branch = { branch: 'gaffer/ws-x7k2/a', base: 'b', head: 'h', snapshots: 1, lease: null, overlaps: {} };
    const view: RunView = {
      ...viewOf({}),
      branches: {
        a: { ...branch, status: 'merged', into: 'main', reason: null },
        b: { ...branch, status: 'rejected', into: 'main', reason: 'gate `npm test`: exit code 1' },
        c: { ...branch, status: 'ready', into: null, reason: null },
      },
    };
    const gate = { into: 'main', duration: 2000, at: '2026-01-01T10:00:30.000Z' };
    const gates = [
      { ...gate, tasks: ['a', 'b'], command: 'npm test', success: false, output: 'one\ntwo\n\x1b[31mred' },
      { ...gate, tasks: ['a'], command: 'npm test', success: true, output: '' },
    ];
    const diff = { branch: branch.branch, status: 'merged' as const, patch: '', isShortened: false };
    const text = { path: 'src/*.js', added: 3, removed: 1 };
    const diffs = [
      { ...diff, task: 'a', files: [text, { path: 'logo.png', added: null, removed: null }], whyNone: null },
      { ...diff, task: 'b', files: [], whyNone: '/r is not on this machine, or is gone.' },
    ];
    const lines = reportLines(view, { gates, diffs });
    expect(lines.slice(lines.indexOf('## Branches'))).toEqual([
      ...['## Branches', '', '1 of 3 merged', ''],
      '- ✅ a merged into main (gaffer/ws-x7k2/a · src/\\*.js +3 -1, logo.png · gate `npm test` passed)',
      '- ❌ b rejected, for main (gaffer/ws-x7k2/a · /r is not on this machine, or is gone. · gate `npm test` failed): gate \\`npm test\\`: exit code 1',
      '- ⏳ c ready (gaffer/ws-x7k2/a)',
      ...['', '## Gates', ''],
      '- ❌ `npm test` on a, b (2.0 s): one · two · ␛\\[31mred',
      '- ✅ `npm test` on a (2.0 s)',
    ]);
  });
});
