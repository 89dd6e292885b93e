import { RunNotFoundError } from '../client/errors.ts';
import { UsageError } from '../domain/errors.ts';
import { nameProblem } from '../domain/ids/possible-name.ts';

const longestId = 200;

/** Where a run is. @throws RunNotFoundError when nothing can be called so */
export function runPath(id: string): string {
  const problem = nameProblem(id);
  if (problem !== null) throw new RunNotFoundError(id, `Nothing can be called so: ${problem}.`);
  const part = id.length <= longestId ? escaped(id) : null;
  if (part === null) throw new RunNotFoundError(id);
  return `/api/runs/${part}`;
}

/** A name as a part of a path. @throws UsageError when nothing can be called so */
export function pathPart(name: string): string {
  const part = typeof name === 'string' ? escaped(name) : null;
  if (part === null) throw new UsageError(`nothing can be called "${String(name).slice(0, 100)}".`);
  return part;
}

// Addresses take `.` and `..` for steps, also when they are escaped.
function escaped(text: string): string | null {
  if (/^\.{0,2}$/.test(text) || /\0|\p{Surrogate}/u.test(text)) return null;
  return encodeURIComponent(text);
}
