import type { AgentStats } from '../../domain/evaluation/agent-stats.ts';
import { formatCount, formatDuration, formatUsd, plural } from '../../domain/format.ts';

/** What an agent did so far, for people. */
export function agentStatsLines({ runs, tasks, scores, ...stats }: AgentStats): string[] {
  if (tasks === 0) return ['it has done no task yet in the runs that are kept here'];
  const { succeeded, successRate, attempts, meanDurationMs, costUsd, meanCostUsd, tokens } = stats;
  const score =
    scores.mean === null
      ? 'none of its tasks was evaluated'
      : `${scores.mean} of 100 in the mean of ${plural(scores.count, 'evaluated task')}, ${scores.least} at least`;
  return [
    `${plural(tasks, 'task')} in ${plural(runs, 'run')}: ${succeeded} succeeded (${Math.round(successRate * 100)} %), in ${plural(attempts, 'attempt')}`,
    `${formatDuration(meanDurationMs)} and ${formatUsd(meanCostUsd)} a task; ${formatUsd(costUsd)} and ${formatCount(tokens)} tokens in all`,
    `score: ${score}`,
  ];
}
