import { createHash } from 'node:crypto';
import { ProblemError } from '../problem.ts';

/** A run, and the number of its last event that is known. */
export interface Cursor {
  run: string;
  after: number;
}

/** PostgreSQL's longest integer: no run has more events. */
const mostAfter = 2_147_483_647;

/**
 * Ids of events of several runs: this one's run and number, and behind a `;` what tells the set of runs from others, and the number of
 * each in the order of their ids, between points.
 */
export function toEventId({ run, after }: Cursor, all: readonly Cursor[]): string {
  const ordered = inOrder(all);
  const numbers = ordered.map((one) => one.after);
  return `${run}:${after}${all.length > 1 ? `;${[printOf(ordered), ...numbers].join('.')}` : ''}`;
}

function inOrder(all: readonly Cursor[]): Cursor[] {
  return [...all].sort((a, b) => (a.run < b.run ? -1 : 1));
}

// Ids of runs hold no line breaks.
function printOf(ordered: readonly Cursor[]): string {
  const names = ordered.map(({ run }) => run).join('\n');
  return createHash('sha256').update(names).digest('base64url').slice(0, 12);
}

/** `RUN:N` or `RUN`. Ids of runs hold no `:`. @throws ProblemError */
export function parseCursor(text: string, name: string): Cursor {
  const [, run, number = '0'] = /^([^:]{1,300})(?::(\d{1,10}))?$/u.exec(text) ?? [];
  const after = Number(number);
  if (run !== undefined && after <= mostAfter) return { run, after };
  throw wrong(name, `"${text.slice(0, 100)}" is neither RUN nor RUN:N`);
}

/**
 * Where a reader of one run is, by the id of the last event that it got: `N` or `RUN:N`.
 *
 * @throws ProblemError where it is none, or of another run
 */
export function placeIn(run: string, lastEventId: string): number {
  const [, text] = /^([^;]*)(?:;[\w-]{12}(?:\.\d+)+)?$/.exec(lastEventId) ?? [];
  if (text === undefined) throw wrong('Last-Event-ID', `"${lastEventId.slice(0, 100)}" is no id of an event`);
  const { after, run: named } = parseCursor(/^\d+$/.test(text) ? `${run}:${text}` : text, 'Last-Event-ID');
  if (named === run) return after;
  throw wrong('Last-Event-ID', `it is of the run ${named}, and this is a stream of ${run}`);
}

/**
 * Where a reader of several runs is: what it asked for, gone on by the id of the last event that it got.
 *
 * @throws ProblemError
 */
export function placesIn(asked: readonly Cursor[], lastEventId: string | undefined): Cursor[] {
  if (!lastEventId) return [...asked];
  const [named = '', rest] = lastEventId.split(';', 2);
  const [print, ...numbers] = rest?.split('.') ?? [];
  const all = numbers.map(Number);
  if (all.some((number) => !Number.isInteger(number) || number < 0 || number > mostAfter))
    throw wrong('Last-Event-ID', `"${rest!.slice(0, 100)}" are no numbers of events`);
  const known = new Map(
    named
      .split(',')
      .map((text) => parseCursor(text, 'Last-Event-ID'))
      .map((one) => [one.run, one.after]),
  );
  const ordered = inOrder(asked);
  // Of another set of runs only what is named says anything.
  if (all.length === asked.length && print === printOf(ordered))
    ordered.forEach(({ run }, index) => known.set(run, all[index]!));
  return asked.map(({ run, after }) => ({ run, after: known.get(run) ?? after }));
}

function wrong(pointer: string, detail: string): ProblemError {
  return new ProblemError(422, { code: 'invalid', detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] });
}
