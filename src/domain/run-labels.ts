import { UsageError } from './errors.ts';

/** What people sort runs by: `{ team: 'search', 'ticket/id': 'OPS-12' }`. */
export type RunLabels = Readonly<Record<string, string>>;

/** Names the bulk that a run is of: runs that were started together, and count as one where the server keeps fairness. */
export const bulkLabel = 'bulk';

/** How many a run has at most, and how long they are, in characters. */
export const labelBounds = { most: 16, key: 63, value: 200 } as const;

const keyPattern = new RegExp(`^[A-Za-z0-9._/-]{1,${labelBounds.key}}$`);
// They are shown on terminals and pages: one line each.
const valuePattern = new RegExp(`^[^\\p{Cc}\\p{Zl}\\p{Zp}]{0,${labelBounds.value}}$`, 'u');

/** Labels that a run may have. @throws UsageError that names the one that it may not */
export function checkLabels(labels: unknown): RunLabels {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels))
    throw new UsageError('`labels` is an object of texts: { team: "search" }.');
  const pairs = Object.entries(labels);
  if (pairs.length > labelBounds.most)
    throw new UsageError(`a run has at most ${labelBounds.most} labels; these are ${pairs.length}.`);
  for (const [key, value] of pairs) checkLabel(key, value);
  return labels as RunLabels;
}

/** What `key=value` says; the value may have more of `=`. @throws UsageError when it is no label */
function readLabel(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`label "${text}" is none: give key=value.`);
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  checkLabel(key, value);
  return [key, value];
}

/** The same of several, which are one run's. @throws UsageError */
export function readLabels(texts: readonly string[]): RunLabels {
  return checkLabels(Object.fromEntries(texts.map(readLabel)));
}

function checkLabel(key: string, value: unknown): void {
  if (!keyPattern.test(key))
    throw new UsageError(
      `label "${key}": a key has 1 to ${labelBounds.key} characters, letters, digits and any of . _ / -.`,
    );
  if (typeof value !== 'string' || !valuePattern.test(value))
    throw new UsageError(`label "${key}": a value is one line of at most ${labelBounds.value} characters.`);
}
