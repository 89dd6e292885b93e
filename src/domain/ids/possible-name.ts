import { UsageError } from '../errors.ts';
import { safeLine } from '../safe-text.ts';

/** Longest name that anything has, in characters; Temporal takes no longer id of a workflow. */
const longestName = 1000;

/**
 * A name that somebody gave for what they mean, if anything can be called so.
 *
 * @param what whose name it is, with its article: `a run`
 * @throws UsageError before anything is asked: servers say little of such a name, and each something else
 */
export function possibleName(name: string, what: string): string {
  const problem = nameProblem(name);
  if (problem === null) return name;
  const shown = typeof name === 'string' ? `"${shorten(safeLine(name))}"` : String(name);
  const hint = what === 'a run' ? ' `gaffer runs` lists those there are.' : '';
  throw new UsageError(`${shown} cannot be the name of ${what}: ${problem}.${hint}`);
}

/** Why nothing can be called so, in words; null: something can. */
export function nameProblem(name: unknown): string | null {
  if (typeof name !== 'string') return 'it is no text';
  if (name.trim() === '') return 'it is empty';
  if (name.length > longestName) return `it has ${name.length} characters, and the longest have ${longestName}`;
  return /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name) ? 'there are control characters in it' : null;
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
