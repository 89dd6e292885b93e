import { z } from 'zod';
import { grades } from '../../domain/grades.ts';
import { taskStatuses } from '../../domain/run/run-result.ts';
import { recommendations } from './output-comparisons.ts';
import { byName, count, end, money, named, orNull, time } from './output-parts.ts';

/*
 * What `--json` prints of how good runs and agents were. Scores are from 0 to 100.
 */

const checkKinds = ['schema', 'contains', 'expression', 'command', 'judge'] as const;
const checked = named('Checked', {
  ...{ name: z.string(), kind: z.enum(checkKinds), weight: z.number(), score: orNull(z.number()), detail: z.string() },
});
const evaluatedTask = named('EvaluatedTask', {
  ...{
    status: z.enum(taskStatuses),
    score: orNull(z.number()),
    agent: z.string(),
    executions: count,
    succeeded: count,
  },
  ...{ attempts: count, durationMs: z.number(), tokens: count, costUsd: money, turns: count, toolCalls: count },
  ...{ toolErrors: count, loops: count, checks: z.array(checked) },
});
/** `gaffer evaluate`. */
export const evaluation = named('Evaluation', {
  ...{ version: z.literal(1), runId: z.string(), workflow: z.string(), status: end, by: z.string(), case: z.string() },
  ...{ grade: z.enum(grades), score: z.number(), checksScore: orNull(z.number()), isComplete: z.boolean() },
  performance: z.object({
    ...{ score: z.number(), durationMs: z.number(), successRate: z.number(), executions: count, attempts: count },
  }),
  quality: z.object({
    ...{ score: z.number(), errorRate: z.number(), toolCalls: count, toolErrors: count, loops: count },
  }),
  ...{ costUsd: money, totalTokens: count, evaluationCostUsd: money, at: time },
  ...{ checks: z.array(checked), tasks: byName(evaluatedTask), recommendations },
});

/** `gaffer agents show --stats`. */
export const agentStats = named('AgentStats', {
  ...{ agent: z.string(), runs: count, tasks: count, succeeded: count, successRate: z.number(), attempts: count },
  ...{ meanDurationMs: z.number(), costUsd: money, meanCostUsd: money, tokens: count },
  scores: z.object({ count, mean: orNull(z.number()), least: orNull(z.number()) }),
});
