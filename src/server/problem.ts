import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem, WrongField } from '../contracts/problem.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
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
      code,
      detail,
      errors,
      headers = {},
    }: Pick<Problem, 'code' | 'detail' | 'errors'> & { headers?: Record<string, string> },
  ) {
    super(detail);
    this.problem = toDocument(status, { code, detail, ...(errors && { errors }) });
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

/** The problem that an error of ours is; undefined: it is a mistake of ours, of which nobody is told more than that. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof GafferError)) return undefined;
  const code = error.name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();
  const detail = safeText(error.message);
  return toDocument(statusOf[error.kind], {
    code,
    kind: error.kind,
    detail,
    ...wrongFieldsOf(error),
    ...aboutOf(error),
  });
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
