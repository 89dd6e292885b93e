import type { ErrorKind } from '../../domain/errors.ts';
import type { RunEnd } from '../../domain/run/run-result.ts';

/** Exit codes of every `gaffer` command. */
export const exitCodes = {
  succeeded: 0,
  failed: 1,
  /** What was asked cannot be done: wrong usage, no such thing, a definition that is not valid. */
  usage: 2,
  cancelled: 3,
  /** Temporal or the database is not there. */
  unreachable: 4,
  /** A limit of the run ended it. */
  stopped: 5,
  /** It needs a person, and none can answer here. */
  needsPerson: 6,
  /** Some tasks failed or were skipped. */
  partial: 10,
  /** The run goes on later: `gaffer watch RUN`. */
  parked: 130,
} as const;

/** Exit code of a command that an error ended, by what the error means. */
export const exitCodeOfKind: Readonly<Record<ErrorKind, number>> = {
  usage: exitCodes.usage,
  'not-found': exitCodes.usage,
  conflict: exitCodes.usage,
  refused: exitCodes.usage,
  'needs-person': exitCodes.needsPerson,
  unreachable: exitCodes.unreachable,
  failed: exitCodes.failed,
};

/** Exit code for the way a run ended. */
export function exitCodeOf(end: RunEnd): number {
  return exitCodes[end];
}
