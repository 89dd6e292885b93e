import { failureTypes } from '../../domain/run/failure-types.ts';
import { finalFailure } from './failures.ts';

/** Keys that an input must have. Only what every version has given counts: runs that live are asked again when they are replayed. */
export type Shape = Readonly<Record<string, 'text' | 'number' | 'number or null'>>;

/**
 * Ends a workflow that somebody started by hand with something else than it takes: it would stand for ever.
 *
 * @throws ApplicationFailure `InvalidInput`, with everything that is wrong
 */
export function checkInput(type: string, input: unknown, shape: Shape): void {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const problems = Object.entries(shape).flatMap(([key, kind]) => {
    const value = given[key];
    if (value === undefined) return `"${key}" is missing`;
    if (kind === 'text') return typeof value === 'string' && value !== '' ? [] : `"${key}" is no text, or an empty one`;
    return Number.isFinite(value) || (value === null && kind !== 'number') ? [] : `"${key}" is no ${kind}`;
  });
  if (problems.length === 0) return;
  const keys = Object.keys(shape).join(', ');
  throw finalFailure(failureTypes.invalidInput, `${type} takes one object with ${keys}: ${problems.join('; ')}`);
}
