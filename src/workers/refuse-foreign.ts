import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { foreignReason, isForeign } from '../domain/foreign.ts';
import { failureTypes } from '../domain/run/failure-types.ts';

/** Has no activity do what somebody else's workflow asks for. */
export function refuseForeign(): ActivityInterceptors {
  return {
    inbound: {
      execute: (input, next) => {
        if (!input.args.some(isForeign)) return next(input);
        throw ApplicationFailure.nonRetryable(foreignReason, failureTypes.invalidInput);
      },
    },
  };
}
