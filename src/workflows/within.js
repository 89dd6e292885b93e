import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { failureTypes } from '../domain/failure-types.js';
import { finalFailure } from './failures.js';
/**
 * Runs work below a limit in ms (null: none); what is in flight at its end is cancelled and waited for.
 *
 * @throws ApplicationFailure `TaskTimeout` when the limit ended it
 */
export async function within(limitMs, what, work) {
    if (limitMs === null)
        return work();
    try {
        return await CancellationScope.withTimeout(limitMs, work);
    }
    catch (error) {
        const isOurs = isCancellation(error) && !CancellationScope.current().consideredCancelled;
        if (!isOurs)
            throw error;
        throw finalFailure(failureTypes.taskTimeout, `${what} took longer than its timeout of ${limitMs / 1000} s`);
    }
}
//# sourceMappingURL=within.js.map