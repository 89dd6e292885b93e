import { describe, expect, it } from 'vitest';
import { endOfRun, summarize } from '../../../../src/domain/run/run-end.ts';
import type { TaskResult } from '../../../../src/domain/run/run-result.ts';
import { noUsage } from '../../../../src/domain/money/usage.ts';

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
    [['succeeded', 'reused'], 'succeeded'],
    [['reused', 'reused'], 'succeeded'],
    [['reused', 'failed'], 'partial'],
    [['succeeded', 'pending'], 'partial'],
    [['succeeded', 'compensated'], 'failed'],
    [['succeeded', 'cancelled'], 'partial'],
    [['failed', 'skipped'], 'failed'],
    [['failed', 'failed'], 'failed'],
  ] as const)('calls %j %s', (statuses, expected) => {
    const error = (status: TaskResult['status']) => (status === 'skipped' ? 'a failed' : null);
    const tasks = Object.fromEntries(
      statuses.map((status, index) => [`t${index}`, ended(status, { error: error(status) })]),
    );
    expect(endOfRun(tasks, null).status).toBe(expected);
  });

  it('misses nothing that was skipped by its own condition, and does call it missing when somebody gave it up', () => {
    const byCondition = ended('skipped', { error: null });
    expect(endOfRun({ a: ended('succeeded'), b: byCondition }, null)).toEqual({ status: 'succeeded', reason: null });
    expect(endOfRun({ a: byCondition }, null).status).toBe('succeeded');
    expect(endOfRun({ a: ended('failed'), b: byCondition }, null).status).toBe('failed');
    const givenUp = ended('skipped', { error: 'skipped by somebody' });
    expect(endOfRun({ a: ended('succeeded'), b: givenUp }, null).status).toBe('partial');
  });

  it('calls a run whose work was undone failed, and says so', () => {
    const tasks = { a: ended('compensated'), b: ended('failed', { error: 'no luck' }) };
    const undone = { taskId: 'a', taskEnded: true, status: 'succeeded', error: null } as const;
    expect(endOfRun(tasks, null, [undone])).toEqual({
      status: 'failed',
      reason: '2 of 2 tasks did not succeed; the first is "b": no luck; rolled back: 1 of 1 undone',
    });
    const failed = { taskId: 'b', taskEnded: false, status: 'failed', error: 'exit code 1' } as const;
    expect(endOfRun(tasks, { kind: 'cancelled', reason: 'cancelled' }, [undone, failed])).toEqual({
      status: 'cancelled',
      reason: 'cancelled; rolled back: 1 of 2 undone, first that could not be: b: exit code 1',
    });
  });

  it('names the first error', () => {
    const tasks = { a: ended('succeeded'), b: ended('failed', { error: 'no luck' }) };
    expect(endOfRun(tasks, null).reason).toBe('1 of 2 tasks did not succeed; the first is "b": no luck');
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

  it('counts what was spent outside of tasks', () => {
    const usage = { ...noUsage, outputTokens: 7 };
    expect(summarize({ a: ended('succeeded') }, 5, [{ usage, costUsd: 0.05 }])).toMatchObject({
      ...{ totalTokens: 7, costUsd: 0.15, totalTasks: 1 },
    });
  });

  it('counts reused tasks as successful, and undone ones as neither', () => {
    const tasks = { a: ended('reused'), b: ended('compensated'), c: ended('cancelled') };
    expect(summarize(tasks, 5)).toMatchObject({
      ...{ totalTasks: 3, successfulTasks: 1, reusedTasks: 1, compensatedTasks: 1, failedTasks: 0, skippedTasks: 0 },
      cancelledTasks: 1,
    });
  });
});
