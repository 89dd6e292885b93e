import type { MetricMeter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Counts steps that are tried again: the SDK's own metrics tell those that fail. */
export function measureSteps(meter: MetricMeter): ActivityInterceptorsFactory {
  const retries = meter.createCounter('gaffer_step_retries_total', 'tries', 'Further tries of steps, by step');
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        if (info.attempt > 1) retries.add(1, { step: info.activityType });
        return next(input);
      },
    },
  });
}
