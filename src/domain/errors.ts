/**
 * What an error means to whoever asked, on any face: a terminal makes an exit code of it, a service a status.
 *
 * - `usage`: what was asked cannot be meant, or what was written is not valid
 * - `not-found`: there is no such thing
 * - `conflict`: it stands in the way of what is there already, or of the state that it is in
 * - `refused`: it was understood and is not allowed
 * - `needs-person`: a person has to allow it first
 * - `unreachable`: what is needed does not run, does not answer, or cannot be used
 * - `failed`: it was tried and did not work
 */
export type ErrorKind = 'usage' | 'not-found' | 'conflict' | 'refused' | 'needs-person' | 'unreachable' | 'failed';

/**
 * An error that is meant for people: its message names the thing, the value and the way out. All others are mistakes of ours.
 *
 * Classes tell failures apart that somebody handles; what else they know are fields of theirs, such as `reason`. Across
 * Temporal neither survives: see `run/failure-types.ts`.
 */
export abstract class GafferError extends Error {
  abstract readonly kind: ErrorKind;
}

/** A command or a program asks for something that cannot be meant. The message ends with the way out. */
export class UsageError extends GafferError {
  override readonly name = 'UsageError';
  readonly kind = 'usage';
}

/** What is needed is not running, or does not answer. */
export class UnreachableError extends GafferError {
  override readonly name = 'UnreachableError';
  readonly kind = 'unreachable';
}
