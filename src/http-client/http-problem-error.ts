import type { Problem } from '../contracts/problem.ts';
import { GafferError, type ErrorKind } from '../domain/errors.ts';

/** The service says no with something that has no class of its own: `problem` is what it said, whole. */
export class HttpProblemError extends GafferError {
  override readonly name = 'HttpProblemError';
  readonly kind: ErrorKind;
  /** HTTP status. */
  readonly status: number;
  /** Which problem, for programs: `not-allowed`, `rate-limited`, … */
  readonly code: string;
  readonly problem: Problem;
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.problem = problem;
    this.status = problem.status;
    this.code = problem.code;
    this.kind = problem.kind ?? kindOf(problem.status);
  }
}

function kindOf(status: number): ErrorKind {
  if (status === 401 || status === 403) return 'refused';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 408 || status === 429 || status === 502 || status === 503 || status === 504) return 'unreachable';
  return status < 500 ? 'usage' : 'failed';
}
