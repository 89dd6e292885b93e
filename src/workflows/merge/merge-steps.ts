import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.ts';
import type { TrainStep } from '../../contracts/merge.ts';
import { heartbeatTimeout } from '../../domain/run/standstill.ts';

/** Steps of a merge train; those that look at or move branches on the host that has the repository. Each can be done again: what it makes is the same. */
export const mergeSteps = proxyActivities<Pick<Activities, TrainStep>>({
  heartbeatTimeout,
  // Several gates run in one step, up to ten minutes each.
  startToCloseTimeout: '3 h',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500 ms', maximumInterval: '10 s', maximumAttempts: 10 },
});
