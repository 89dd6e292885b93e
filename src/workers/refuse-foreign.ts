import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { foreignReason, isForeign } from '../domain/foreign.ts';
import { failureTypes } from '../domain/run/failure-types.ts';

/** Has no activity do what somebody else's workflow asks for, nor go on from where somebody else says that it had come. */
export function refuseForeign({ info }: Pick<Context, 'info'>): ActivityInterceptors {
  return {
    inbound: {
      execute: (input, next) => {
        if (isForeign(info.heartbeatDetails)) Object.assign(info, { heartbeatDetails: undefined });
        if (!input.args.some(isForeign)) return next(input);
        throw ApplicationFailure.nonRetryable(foreignReason, failureTypes.invalidInput);
      },
    },
  };
}
