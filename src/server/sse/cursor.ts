import { ProblemError } from '../problem.ts';

/** A run, and the number of its last event that is known. */
export interface Cursor {
  run: string;
  after: number;
}

/** PostgreSQL's longest integer: no run has more events. */
const mostAfter = 2_147_483_647;

/** Ids of events of several runs: this one's run and number, and behind a `;` the numbers of all, in the order in which they were asked for. */
export function toEventId({ run, after }: Cursor, all: readonly number[]): string {
  return `${run}:${after}${all.length > 1 ? `;${all.join('.')}` : ''}`;
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
  const [, text] = /^([^;]*)(?:;\d+(?:\.\d+)*)?$/.exec(lastEventId) ?? [];
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
  const [named = '', numbers] = lastEventId.split(';', 2);
  const all = numbers?.split('.').map(Number) ?? [];
  if (all.some((number) => !Number.isInteger(number) || number < 0 || number > mostAfter))
    throw wrong('Last-Event-ID', `"${numbers!.slice(0, 100)}" are no numbers of events`);
  // Of another set of runs: only the one that is named says anything.
  const isSame = all.length === asked.length;
  const known = new Map(
    named
      .split(',')
      .map((text) => parseCursor(text, 'Last-Event-ID'))
      .map((one) => [one.run, one]),
  );
  return asked.map(({ run, after }, index) => ({
    run,
    after: (isSame ? all[index] : undefined) ?? known.get(run)?.after ?? after,
  }));
}

function wrong(pointer: string, detail: string): ProblemError {
  return new ProblemError(422, { code: 'invalid', detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] });
}
