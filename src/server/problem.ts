import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem, WrongField } from '../contracts/problem.ts';
import { DefinitionError, printable, type Diagnostic } from '../definition/source/diagnostic.ts';
import { GafferError, type ErrorKind } from '../domain/errors.ts';
import { safeText } from '../domain/safe-text.ts';

/** What the service itself says no with, before anything of ours is asked. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    {
      headers = {},
      errors,
      ...said
    }: Omit<Problem, 'type' | 'title' | 'status'> & { headers?: Record<string, string> },
  ) {
    super(said.detail);
    this.problem = toDocument(status, { ...said, ...(errors && { errors }) });
    this.headers = headers;
  }
}

const statusOf: Record<ErrorKind, number> = {
  usage: 422,
  'not-found': 404,
  conflict: 409,
  refused: 409,
  'needs-person': 403,
  unreachable: 503,
  failed: 409,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'No valid key',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Too slow',
  409: 'Conflict',
  410: 'Gone',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Not this host',
  422: 'Not valid',
  428: 'Needs a condition',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Unexpected error',
  503: 'Out of reach',
};

/**
 * The problem that an error of ours is; undefined: it is a mistake of ours, of which nobody is told more than that.
 *
 * @param sent the text that the caller sent: lines are quoted of that alone, never of a file
 */
export function toProblem(error: unknown, sent: string | null = null): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof GafferError)) return undefined;
  const code = error.name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();
  const told = error instanceof DefinitionError ? withoutFiles(error, sent) : error;
  return toDocument(statusOf[error.kind], {
    code,
    kind: error.kind,
    detail: safeText(told.message),
    ...wrongFieldsOf(told),
    ...aboutOf(error),
  });
}

function withoutFiles({ diagnostics }: DefinitionError, sent: string | null): DefinitionError {
  return new DefinitionError(
    diagnostics.map((each) => ({ ...each, frame: isOf(each.frame, sent) ? each.frame : null })),
  );
}

/** Whether all lines of a frame stand in a text, where the frame says. */
function isOf(frame: string | null, sent: string | null): boolean {
  if (frame === null || sent === null) return false;
  const all = sent
    .replace(/^\ufeff/, '')
    .split('\n')
    .map(printable);
  return frame.split('\n').every((line) => {
    const [, number, text = ''] = /^[> ] *(\d+) \|(?: (.*))?$/.exec(line) ?? [];
    return number === undefined ? /^[ |^]*$/.test(line) : (all[Number(number) - 1] ?? '').includes(text);
  });
}

/** The same as callers are told: paths in folders of the service begin there, so that nothing is said of the rest of its machine. */
export function withoutPlaces(problem: Problem, folders: readonly string[]): Problem {
  const told = (text: string): string => withoutFolders(text, folders);
  const errors = problem.errors?.map((each) => ({
    ...each,
    detail: told(each.detail),
    ...(each.hint !== undefined && { hint: told(each.hint) }),
    ...(each.file !== undefined && { file: told(each.file) }),
  }));
  return { ...problem, detail: told(problem.detail), ...(errors && { errors }) };
}

/** A text as callers are told it: paths in those folders begin there. */
export function withoutFolders(text: string, folders: readonly string[]): string {
  const known = folders.filter((folder) => folder.length > 1).toSorted((a, b) => b.length - a.length);
  return known.reduce((all, folder) => all.replaceAll(`${folder}/`, '').replaceAll(folder, '.'), text);
}

/** The answer that says it, with what must be said in headers. */
export function answerProblem(c: Context, problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  const retry = problem.status === 503 ? { 'Retry-After': '5' } : {};
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    ...{ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    ...retry,
    ...headers,
  });
}

function toDocument(status: number, { code, ...rest }: Omit<Problem, 'type' | 'title' | 'status'>): Problem {
  const title = titles[status] ?? 'Problem';
  return { type: `urn:gaffer:problem:${code}`, title, status, code, ...rest };
}

/** What an error knows beside its message, of what callers may know. */
function aboutOf(error: GafferError): Pick<Problem, 'about'> {
  const known = Object.entries(error).filter(([key, value]) => told.includes(key) && typeof value === 'string');
  return known.length === 0 ? {} : { about: Object.fromEntries(known) };
}

const told = ['runId', 'status', 'code'] satisfies (keyof NonNullable<Problem['about']>)[] as string[];

function wrongFieldsOf(error: GafferError): { errors?: WrongField[] } {
  if (!('diagnostics' in error)) return {};
  return { errors: (error.diagnostics as readonly Diagnostic[]).map(toWrongField) };
}

function toWrongField({ severity, code, path, message, hint, file, line, column, frame }: Diagnostic): WrongField {
  const place = { ...(line !== null && { line }), ...(line !== null && column !== null && { column }) };
  return {
    ...(path !== '' && { pointer: toPointer(path), path }),
    ...{ detail: safeText(message), code },
    ...(severity !== 'error' && { severity }),
    ...(hint !== null && { hint: safeText(hint) }),
    ...(file !== null && { file: safeText(file) }),
    ...place,
    ...(frame !== null && { frame: safeText(frame) }),
  };
}

/** `phases[0].tasks[1].prompt` as a JSON Pointer (RFC 6901). */
function toPointer(path: string): string {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
