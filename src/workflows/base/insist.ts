import { sleep } from '@temporalio/workflow';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { describeFailure } from './failures.ts';

/** How often a step is asked again: who answers it longer than that, some seconds, ends it. */
const mostTries = 5;

/**
 * For a step that may come twice: says whether it is asked again because somebody else answered it (src/workflows/refuse-foreign.ts).
 *
 * @returns takes how the step failed; gives what to wait for first, or null: that failure counts. No promise is made for those, as runs
 * that are alive have taken their steps without.
 */
export function insist(): (failure: unknown) => Promise<void> | null {
  let tries = 0;
  return (failure) => {
    if (describeFailure(failure).type !== failureTypes.foreignAnswer || tries === mostTries) return null;
    return sleep(200 * 2 ** tries++, { summary: 'somebody else answered: asks again' });
  };
}
