import { UsageError } from '../../domain/errors.ts';
import { checkLabels } from '../../domain/run-labels.ts';
import { isRunPriority, runPriorities, type RunPriority } from '../../domain/run-priority.ts';
import type { LaunchOptions, TurnOptions } from '../start-options.ts';
import type { LaunchSettings } from './launch.ts';
import { toStartTime } from './start-time.ts';

/** When a run starts, and before whom. @throws UsageError */
export function turnOf({ priority, at }: TurnOptions): { priority?: RunPriority; startAt?: Date } {
  if (priority !== undefined && !isRunPriority(priority))
    throw new UsageError(`\`priority\` "${String(priority)}" is none: ${runPriorities.join(', ')}.`);
  const startAt = toStartTime(at);
  return { ...(priority && { priority }), ...(startAt && { startAt }) };
}

/** What people are to find it by. @throws UsageError */
export function labelsOf({ labels }: Pick<LaunchOptions, 'labels'>): Pick<LaunchSettings, 'labels'> {
  return labels === undefined ? {} : { labels: checkLabels(labels) };
}
