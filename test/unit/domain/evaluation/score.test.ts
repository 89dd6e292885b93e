import { describe, expect, it } from 'vitest';
import type { CheckResult, TaskMeasures } from '../../../../src/domain/evaluation/evaluation.ts';
import type { ScoredRun, ScoredTask } from '../../../../src/domain/evaluation/score.ts';
import { evaluate } from '../../../../src/domain/evaluation/score.ts';
import { gradeOf } from '../../../../src/domain/grades.ts';

const measures: TaskMeasures = {
  ...{ agent: 'coder', executions: 1, succeeded: 1, attempts: 1, durationMs: 10, tokens: 5, costUsd: 0.1, turns: 1 },
  ...{ toolCalls: 0, toolErrors: 0, loops: 0 },
};
const check = (score: number | null, weight = 1): CheckResult => ({
  ...{ name: 'c', kind: 'judge', weight, score, detail: '' },
});

function scored(
  tasks: Record<string, Partial<Omit<ScoredTask, 'measures'>> & Partial<TaskMeasures>>,
  more: Partial<ScoredRun> = {},
) {
  const all = Object.entries(tasks).map(
    ([id, { status = 'succeeded', checks = [], ...rest }]): [string, ScoredTask] => [
      id,
      { status, checks, measures: { ...measures, ...rest } },
    ],
  );
  return evaluate({
    ...{ runId: 'r', workflow: 'w', status: 'succeeded', by: 'e', case: 'x', costUsd: 0, totalTokens: 0 },
    ...{ evaluationCostUsd: 0, checks: [], durationMs: 20, tasks: Object.fromEntries(all), ...more },
  });
}

describe('ORCH-019 how good a run was', () => {
  it.each([
    [100, 'EXCELLENT'],
    [90, 'EXCELLENT'],
    [89.9, 'GOOD'],
    [75, 'GOOD'],
    [74.9, 'FAIR'],
    [60, 'FAIR'],
    [59.9, 'POOR'],
    [0, 'POOR'],
  ])('is at %d of 100 %s', (score, grade) => {
    expect(gradeOf(score)).toBe(grade);
  });

  it('is perfect where everything went at once, and nobody had checks', () => {
    expect(scored({ a: {}, b: {} })).toMatchObject({
      score: 100,
      grade: 'EXCELLENT',
      checksScore: null,
      isComplete: true,
    });
  });

  it('counts checks by their weights, more than how it went', () => {
    const { tasks, checksScore, score } = scored({ a: { checks: [check(100, 3), check(0, 1)] } });
    expect({ task: tasks['a']?.score, checksScore, score }).toEqual({ task: 75, checksScore: 75, score: 85 });
  });

  it('counts for nothing what could not be looked at, and says so', () => {
    const found = scored({ a: { checks: [check(80), check(null)] } }, { checks: [check(null)] });
    expect(found).toMatchObject({ checksScore: 80, isComplete: false });
    expect(scored({ a: { checks: [check(null)] } })).toMatchObject({ checksScore: null, tasks: { a: { score: 100 } } });
  });

  it.each([
    ['a retry', { attempts: 2 }, 80],
    ['errors of tools', { toolCalls: 4, toolErrors: 2 }, 85],
    ['a loop', { loops: 1 }, 80],
    ['all of it, and never below 0', { attempts: 9, toolCalls: 1, toolErrors: 1, loops: 9 }, 0],
    ['a member that failed', { executions: 4, succeeded: 3, attempts: 4 }, 75],
  ])('takes from a task without checks for %s', (_, more, score) => {
    expect(scored({ a: more }).tasks['a']?.score).toBe(score);
  });

  it('takes nothing for failed that was cut off, and what failed before that', () => {
    const cancelled = { status: 'cancelled', succeeded: 0 } as const;
    expect(scored({ a: {}, b: cancelled }).quality).toMatchObject({ score: 100, errorRate: 0 });
    expect(scored({ a: {}, b: { ...cancelled, attempts: 3 } }).quality.errorRate).toBe(0.5);
    expect(scored({ a: {}, b: { ...cancelled, status: 'failed' } }).quality.errorRate).toBe(0.5);
  });

  it('gives a task nothing that failed, and no score to one that its condition skipped', () => {
    const { tasks, performance } = scored({
      a: { status: 'failed', succeeded: 0 },
      b: { status: 'skipped', succeeded: 0, attempts: 0 },
    });
    expect([tasks['a']?.score, tasks['b']?.score, performance.executions]).toEqual([0, null, 1]);
  });

  it('lets results that were taken over make up for no retry', () => {
    const taken = { status: 'reused', executions: 5, succeeded: 5, attempts: 0 } as const;
    const { performance, tasks } = scored({ a: { attempts: 3 }, b: taken });
    expect(performance).toMatchObject({ successRate: 1, executions: 6, attempts: 3, score: 92.5 });
    expect(tasks['b']!.score).toBe(100);
  });

  it('takes for attempts and errors over the whole run', () => {
    const { performance, quality } = scored({ a: { attempts: 3, toolCalls: 10, toolErrors: 1 }, b: {} });
    expect(performance).toMatchObject({ successRate: 1, executions: 2, attempts: 4, score: 85 });
    expect(quality).toMatchObject({ errorRate: 0.5, toolCalls: 10, toolErrors: 1, score: 45 });
  });

  it.each([
    ['partial', 74, 'FAIR'],
    ['stopped', 74, 'FAIR'],
    ['cancelled', 74, 'FAIR'],
    ['failed', 59, 'POOR'],
  ] as const)('is at most %s: %d', (status, score, grade) => {
    expect(scored({ a: {} }, { status })).toMatchObject({ score, grade });
  });

  it('is not good of a run that did nothing', () => {
    expect(scored({}, { status: 'failed' })).toMatchObject({ score: 50, grade: 'POOR' });
  });
});
