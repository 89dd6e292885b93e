import type { WorkerOptions } from '@temporalio/worker';
import type { FittedTuning } from '../domain/run/worker-tuning.ts';

/** Places are counted by load as far as this. */
const mostByLoad = 1000;

/** What the SDK is told of the worker that decides and asks models. */
export function mainTuning(tuning: FittedTuning): Partial<WorkerOptions> {
  const { places, pollers, cachedWorkflows } = tuning;
  return {
    ...(places
      ? {
          maxConcurrentActivityTaskExecutions: places.activities,
          maxConcurrentLocalActivityExecutions: places.activities,
          maxConcurrentWorkflowTaskExecutions: places.workflowTasks,
        }
      : byLoad(tuning)),
    ...rateOf(tuning),
    maxConcurrentActivityTaskPolls: pollers.activities,
    maxConcurrentWorkflowTaskPolls: pollers.workflowTasks,
    ...(cachedWorkflows !== null && { maxCachedWorkflows: cachedWorkflows }),
  };
}

/** What it is told of the one that uses tools in the workspaces of this host. */
export function toolsTuning(tuning: FittedTuning): Partial<WorkerOptions> {
  const { places, pollers } = tuning;
  return {
    ...(places ? { maxConcurrentActivityTaskExecutions: places.tools } : byLoad(tuning)),
    ...rateOf(tuning),
    maxConcurrentActivityTaskPolls: pollers.tools,
  };
}

// Of the queue, not of this worker: the server keeps it for all of them.
function rateOf({ jobsPerSecond }: FittedTuning): Partial<WorkerOptions> {
  return jobsPerSecond === null ? {} : { maxTaskQueueActivitiesPerSecond: jobsPerSecond };
}

function byLoad({ load }: FittedTuning): Partial<WorkerOptions> {
  if (!load) return {};
  const tunerOptions = { targetMemoryUsage: load.targetMemory, targetCpuUsage: load.targetCpu };
  const slots = { minimumSlots: 2, maximumSlots: mostByLoad };
  return {
    tuner: {
      tunerOptions,
      activityTaskSlotOptions: slots,
      localActivityTaskSlotOptions: slots,
      workflowTaskSlotOptions: slots,
    },
  };
}
