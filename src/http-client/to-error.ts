import {
  EvaluationError,
  NoAnswerError,
  RefusedError,
  RunClosedError,
  RunCutOffError,
  RunExistsError,
  RunGoesOnError,
  RunNotFoundError,
  RunRefusedError,
  ScheduleNotFoundError,
  TemporalRefusedError,
} from '../client/errors.ts';
import type { Problem, WrongField } from '../contracts/problem.ts';
import { DefinitionError, type Diagnostic } from '../definition/source/diagnostic.ts';
import { UnreachableError, UsageError, type ErrorKind, type GafferError } from '../domain/errors.ts';
import { HttpProblemError } from './http-problem-error.ts';

/** A class of errors that the service and whoever calls it both know. */
interface Known {
  of: { prototype: GafferError };
  /** Bundlers give classes other names. */
  name: string;
  kind: ErrorKind;
}

const known: Readonly<Record<string, Known>> = {
  usage: { of: UsageError, name: 'UsageError', kind: 'usage' },
  // A request that is not as the API has it: a call that cannot be meant.
  invalid: { of: UsageError, name: 'UsageError', kind: 'usage' },
  unreachable: { of: UnreachableError, name: 'UnreachableError', kind: 'unreachable' },
  definition: { of: DefinitionError, name: 'DefinitionError', kind: 'usage' },
  evaluation: { of: EvaluationError, name: 'EvaluationError', kind: 'failed' },
  'no-answer': { of: NoAnswerError, name: 'NoAnswerError', kind: 'unreachable' },
  refused: { of: RefusedError, name: 'RefusedError', kind: 'refused' },
  'run-closed': { of: RunClosedError, name: 'RunClosedError', kind: 'conflict' },
  'run-cut-off': { of: RunCutOffError, name: 'RunCutOffError', kind: 'failed' },
  'run-exists': { of: RunExistsError, name: 'RunExistsError', kind: 'conflict' },
  'run-goes-on': { of: RunGoesOnError, name: 'RunGoesOnError', kind: 'failed' },
  'run-not-found': { of: RunNotFoundError, name: 'RunNotFoundError', kind: 'not-found' },
  'run-refused': { of: RunRefusedError, name: 'RunRefusedError', kind: 'failed' },
  'schedule-not-found': { of: ScheduleNotFoundError, name: 'ScheduleNotFoundError', kind: 'not-found' },
  'temporal-refused': { of: TemporalRefusedError, name: 'TemporalRefusedError', kind: 'unreachable' },
};

/** What a problem is as an error of ours: of the class that it had in the service, else a {@link HttpProblemError}. */
export function toError(problem: Problem): GafferError {
  const { code, detail, about = {} } = problem;
  const found = Object.hasOwn(known, code) ? known[code] : undefined;
  if (!found) return new HttpProblemError(problem);
  // The message is made already, where the class would make it of what it is told.
  const error = Reflect.construct(Error, [detail], found.of as unknown as new () => GafferError) as GafferError;
  const { runId, status, code: refusedAs } = about;
  return Object.assign(error, {
    ...{ name: found.name, kind: problem.kind ?? found.kind },
    ...(runId !== undefined && { runId }),
    ...(status !== undefined && { status }),
    ...(refusedAs !== undefined && { code: refusedAs }),
    // Where in what was sent it is wrong.
    ...(found.of === UsageError && problem.errors && { problem }),
    ...(found.of === DefinitionError && { diagnostics: (problem.errors ?? []).map(toDiagnostic) }),
  });
}

function toDiagnostic({ path = '', detail, code = 'invalid', ...place }: WrongField): Diagnostic {
  const severity = place.severity ?? 'error';
  const { hint = null, file = null, line = null, column = null, frame = null } = place;
  return { severity, code, message: detail, file, line, column, path, hint, frame };
}
