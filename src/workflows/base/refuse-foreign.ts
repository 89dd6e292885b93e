import { foreignReason, isForeign } from '../../domain/foreign.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { finalFailure, refused } from './failures.ts';

/** Ends a workflow whose input is not ours. @throws ApplicationFailure `InvalidInput` */
export function refuseForeign(input: unknown): void {
  if (isForeign(input)) throw finalFailure(failureTypes.invalidInput, foreignReason);
}

/** Refuses an update whose input is not ours. @throws ApplicationFailure */
export function refuseForeignUpdate(input: unknown): void {
  if (isForeign(input)) throw refused(foreignReason);
}

/** A handler of a signal that hears ours only: a signal has nobody who could be told. */
export function hearOurs<Input>(handler: (input: Input) => void): (input: Input) => void {
  return (input) => {
    if (!isForeign(input)) handler(input);
  };
}
