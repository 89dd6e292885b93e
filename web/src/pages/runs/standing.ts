import { hasEnded } from '../../../../src/domain/run/run-state.ts';
import { runStatuses } from '../../../../src/domain/run/run-result.ts';

/** Whether something of a run can still happen. */
export function goesOn(status: string): boolean {
  return status === 'parked' || runStatuses.some((each) => each === status && !hasEnded(each));
}

/** Whether it ended, by itself or by Temporal's word. */
export function cutOffOrEnded(status: string): boolean {
  return !goesOn(status);
}
