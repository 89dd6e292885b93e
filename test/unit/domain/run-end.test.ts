import { describe, expect, it } from 'vitest';
import { endOfRun, summarize } from '../../../src/domain/run-end.ts';
import type { TaskResult } from '../../../src/domain/run-result.ts';
import { noUsage } from '../../../src/domain/usage.ts';

function ended(status: TaskResult['status'], overrides: Partial<TaskResult> = {}): TaskResult {
  return {
    ...{ status, agent: 'a', context: 'c', output: '', durationMs: 1, attempts: 1, usage: noUsage },
    ...{ costUsd: 0.1, turns: 1, error: null, ...overrides },
  };
}

describe('endOfRun', () => {
  it.each([
    [['succeeded', 'succeeded'], 'succeeded'],
    [['succeeded', 'failed'], 'partial'],
    [['succeeded', 'skipped'], 'partial'],
    [['succeeded', 'cancelled'], 'partial'],
    [['failed', 'skipped'], 'failed'],
    [['failed', 'failed'], 'failed'],
  ] as const)('calls %j %s', (statuses, expected) => {
    const tasks = Object.fromEntries(statuses.map((status, index) => [`t${index}`, ended(status)]));
    expect(endOfRun(tasks, null).status).toBe(expected);
  });

  it('names the first error', () => {
    const tasks = { a: ended('succeeded'), b: ended('failed', { error: 'no luck' }) };
    expect(endOfRun(tasks, null).reason).toBe('1 of 2 tasks did not succeed; first b: no luck');
  });

  it('takes a stop over what the tasks did', () => {
    expect(endOfRun({ a: ended('succeeded') }, { kind: 'stopped', reason: 'budget' })).toEqual({
      status: 'stopped',
      reason: 'budget',
    });
  });
});

describe('summarize', () => {
  it('counts agents as sessions, contexts once, and adds money exactly', () => {
    const tasks = {
      a: ended('succeeded', { agent: 'x', context: 'one' }),
      b: ended('failed', { agent: 'x', context: 'two', costUsd: 0.2 }),
      c: ended('skipped', { agent: 'never', context: 'never', turns: 0, costUsd: 0 }),
    };
    expect(summarize(tasks, 5)).toMatchObject({
      ...{ totalTasks: 3, successfulTasks: 1, failedTasks: 1, skippedTasks: 1 },
      ...{ sessions: 1, contexts: 2, costUsd: 0.3, totalDuration: 5 },
    });
  });
});
