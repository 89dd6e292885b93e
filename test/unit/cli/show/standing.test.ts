import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { stateLines } from '../../../../src/cli/show/standing.ts';
import type { Standing } from '../../../../src/client/follow/to-run-view.ts';
import { startedRun, stateAfter } from '../../../support/run/event-stream.ts';

describe('stateLines', () => {
  it('has executions of a task where the task stands, as the end of the run does', () => {
    const begun = { type: 'task:start' as const, agentName: 'coder', description: 'it', attempt: 1 };
    const ids = ['build[2]', 'review#2', 'build[1]'];
    const state = stateAfter(
      ...startedRun(['plan', 'build', 'review', 'ship']),
      ...ids.map((taskId) => ({ ...begun, taskId })),
    );
    const row = { runId: 'demo-1', startedAt: '2026-11-29T10:00:00.000Z' } as Standing['row'];
    const lines = stateLines({ row, state, status: 'running' }, { columns: 120, colors: pc.createColors(false) });
    const table = lines.slice(3, lines.indexOf('', 3)).map((line) => line.split(' ')[0]);
    expect(table).toEqual(['plan', 'build', 'build[1]', 'build[2]', 'review', 'review#2', 'ship']);
  });

  it('says how far branches have come, and what is in the way of those that do not go on', () => {
    const made = { type: 'worktree:created' as const, attempt: 1, base: 'b' };
    const at = { branch: 'gaffer/demo-1/x', into: 'main' };
    const state = stateAfter(
      ...startedRun(['a', 'b', 'c']),
      ...['a', 'b', 'c'].map((taskId) => ({ ...made, taskId, branch: `gaffer/demo-1/${taskId}` })),
      { ...at, type: 'merge:merged', taskId: 'a', commit: 'c' },
      { ...at, type: 'merge:conflict', taskId: 'b', files: ['x.ts'], attempt: 1, to: 'author' },
    );
    const row = { runId: 'demo-1', startedAt: '2026-11-29T10:00:00.000Z' } as Standing['row'];
    const lines = stateLines({ row, state, status: 'running' }, { columns: 120, colors: pc.createColors(false) });
    expect(lines.slice(-3)).toEqual([
      '',
      '3 branches: 1 merged, 1 conflict, 1 working',
      '! the branch of b is not merged, conflict: conflict in x.ts: it went back to its author',
    ]);
  });
});
