import type { Problem } from '../contracts/problem.ts';
import { UsageError } from '../domain/errors.ts';

/** What is asked for beside the path; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** 128 random bits. `crypto.randomUUID` is missing on pages without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A body. @throws UsageError when it is no JSON */
export function toJson(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new UsageError('what is to be sent is no JSON: it has a bigint, or goes round in a circle.', { cause });
  }
}

/** What stands behind the path. */
export function toQuery(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    (value === undefined ? [] : [value].flat()).map((each) => [key, String(each)]),
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** The problem document that a text is; undefined: it is none. */
export function toProblem(text: string): Problem | undefined {
  try {
    const found = JSON.parse(text) as Partial<Problem> | null;
    if (typeof found !== 'object' || found === null) return undefined;
    const { code, detail, status } = found;
    return typeof code === 'string' && typeof detail === 'string' && typeof status === 'number'
      ? (found as Problem)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What stands before a service, or is none, says no. */
export function noProblem(status: number, base: string): Problem {
  const detail = `${base} answers with ${status}, and not as a Gaffer service does.`;
  return { type: 'about:blank', title: 'Not of the service', status, detail, code: 'no-problem' };
}

/** What programs tell an error by; undefined: it has nothing of that kind. */
export function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

/** `Retry-After` in ms: seconds, or a date. */
export function retryAfter({ headers }: Response): number | null {
  const value = headers.get('Retry-After')?.trim();
  if (value === undefined || value === '') return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
