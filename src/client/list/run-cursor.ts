import { UsageError } from '../../domain/errors.ts';

/** Where a page of a list of runs ended: behind a run that is to start later, or behind one that has begun. Times are ISO 8601. */
export type RunCursor =
  | {
      kind: 'queued';
      startsAt: string;
      runId: string;
      /** When the first page was read: what began since comes before that. */
      since: string;
    }
  | { kind: 'begun'; at: string; runKey: string };

/** Longest cursor that is looked at, in characters. */
const longest = 4000;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** As a caller gets it: it says no more than what the caller has seen. */
export function toCursorText(cursor: RunCursor): string {
  const parts =
    cursor.kind === 'queued' ? ['q', cursor.startsAt, cursor.runId, cursor.since] : ['b', cursor.at, cursor.runKey];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws UsageError when no page ended with it */
export function readCursor(text: string): RunCursor {
  const [kind, ...parts] = partsOf(text);
  if (kind === 'q' && parts.length === 3) {
    const [startsAt, runId, since] = parts as [string, string, string];
    if (isTime(startsAt) && isTime(since)) return { kind: 'queued', startsAt, runId, since };
  }
  if (kind === 'b' && parts.length === 2) {
    const [at, runKey] = parts as [string, string];
    if (isTime(at)) return { kind: 'begun', at, runKey };
  }
  throw new UsageError('`cursor` is none: give the `next` of the page before as it is, or leave it out.');
}

function partsOf(text: unknown): string[] {
  if (typeof text !== 'string' || text.length > longest) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    // PostgreSQL has no text with such a character.
    const isPart = (part: unknown): part is string => typeof part === 'string' && !part.includes('\0');
    return Array.isArray(value) && value.every(isPart) ? value : [];
  } catch {
    return [];
  }
}

// Also one that looks like a time may be none, such as the 31st of February.
function isTime(text: string): boolean {
  return (
    timePattern.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().slice(0, 19) === text.slice(0, 19)
  );
}
