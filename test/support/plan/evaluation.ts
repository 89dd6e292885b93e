import type { Evaluation, TaskEvaluation } from '../../../src/domain/evaluation/evaluation.ts';

/** An evaluation that gave tasks these. */
export function evaluation(tasks: Record<string, Partial<TaskEvaluation>>): Evaluation {
  return {
    ...{ version: 1, runId: 'r', workflow: 'w', status: 'succeeded', by: 'e', case: 'x', grade: 'GOOD', score: 80 },
    ...{ checksScore: null, isComplete: true, costUsd: 0, totalTokens: 0, evaluationCostUsd: 0, checks: [] },
    performance: { score: 100, durationMs: 1, successRate: 1, executions: 1, attempts: 1 },
    quality: { score: 100, errorRate: 0, toolCalls: 0, toolErrors: 0, loops: 0 },
    tasks: Object.fromEntries(Object.entries(tasks).map(([id, task]) => [id, evaluatedTask(task)])),
  };
}

/** What an evaluation says of a task that went well. */
export function evaluatedTask(task: Partial<TaskEvaluation> = {}): TaskEvaluation {
  return {
    ...{ agent: 'worker', executions: 1, succeeded: 1, attempts: 1, durationMs: 10, tokens: 5, costUsd: 0.1, turns: 1 },
    ...{ toolCalls: 0, toolErrors: 0, loops: 0, status: 'succeeded', score: 100, checks: [], ...task },
  };
}
