import pc from 'picocolors';
import { expect, it } from 'vitest';
import { evaluationLines } from '../../../../src/cli/evaluation/evaluation-lines.ts';
import type { EvaluationReport } from '../../../../src/domain/evaluation/evaluation.ts';

const evaluation: EvaluationReport = {
  ...{ version: 1, runId: 'poem-1', workflow: 'poem', status: 'succeeded', by: 'poem-1-evaluation', case: 'a' },
  ...{ grade: 'GOOD', score: 80, checksScore: 80, isComplete: true, costUsd: 1, totalTokens: 10 },
  performance: { score: 90, durationMs: 1000, successRate: 1, executions: 1, attempts: 1 },
  quality: { score: 100, errorRate: 0, toolCalls: 0, toolErrors: 0, loops: 0 },
  ...{ at: '2026-11-21T10:00:00.000Z', evaluationCostUsd: 0, checks: [], tasks: {}, recommendations: [] },
};

it('says from which score on a grade is given', () => {
  const [first] = evaluationLines(evaluation, { columns: 80, colors: pc.createColors(false) });
  expect(first).toBe('poem-1 GOOD: 80 of 100 (EXCELLENT from 90, GOOD from 75, FAIR from 60)');
});

it('says what judges cost, and nothing of a cost where nobody was paid', () => {
  const lastOf = (evaluationCostUsd: number): string | undefined =>
    evaluationLines({ ...evaluation, evaluationCostUsd }, { columns: 80, colors: pc.createColors(false) }).at(-1);
  expect(lastOf(0.25)).toBe('Evaluated by poem-1-evaluation, whose judges cost $0.2500');
  expect(lastOf(0)).toBe('Evaluated by poem-1-evaluation');
});
