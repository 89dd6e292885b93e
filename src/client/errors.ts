import type { ErrorKind } from '../domain/errors.ts';
import { GafferError } from '../domain/errors.ts';

/** Somebody used that run id before. */
export class RunExistsError extends GafferError {
  override readonly name = 'RunExistsError';
  readonly kind = 'conflict';
  readonly runId: string;
  /** `isKnown`: it is in this store; one that has not begun is not. */
  constructor(runId: string, isKnown = true) {
    super(
      isKnown
        ? `there is already a run ${runId}: choose another \`id\`, or look at it with \`gaffer show ${runId}\` (if you removed it: the id is free again a minute later)`
        : `there is already a run ${runId} in Temporal, and nothing of it here (it has not begun, was removed within the last minute, or is another project's): choose another \`id\``,
    );
    this.runId = runId;
  }
}

/** There is no run with that id. */
export class RunNotFoundError extends GafferError {
  override readonly name = 'RunNotFoundError';
  readonly kind = 'not-found';
  readonly runId: string;
  /** `hint`: a sentence more, such as the nearest name. */
  constructor(runId: string, hint = '') {
    super(`there is no run "${runId}" here: \`gaffer runs\` lists those there are.${hint === '' ? '' : ` ${hint}`}`);
    this.runId = runId;
  }
}

/** There is no schedule of that name. */
export class ScheduleNotFoundError extends GafferError {
  override readonly name = 'ScheduleNotFoundError';
  readonly kind = 'not-found';
  /** `hint`: a sentence more, such as the nearest name. */
  constructor(name: string, hint = '') {
    super(
      `there is no schedule "${name}" here: \`gaffer schedule list\` lists those there are.${hint === '' ? '' : ` ${hint}`}`,
    );
  }
}

/** Nothing was ever run here: there is no data to read, and looking makes none. */
export class NothingHereError extends GafferError {
  override readonly name = 'NothingHereError';
  readonly kind = 'not-found';
  constructor(home: string) {
    super(`there are no runs here: nothing is stored in ${home}. \`gaffer run workflow.yaml\` starts a run.`);
  }
}

/** A run that could not even begin: its input was refused, or it was ended before it had a plan. */
export class RunRefusedError extends GafferError {
  override readonly name = 'RunRefusedError';
  readonly kind = 'failed';
}

/** The run said no to what it was asked; the message is the run's own. Nothing has changed. */
export class RefusedError extends GafferError {
  override readonly name = 'RefusedError';
  readonly kind = 'refused';
}

/** Whoever waited for a result has no more time; the run goes on. */
export class RunGoesOnError extends GafferError {
  override readonly name = 'RunGoesOnError';
  readonly kind = 'failed';
  readonly runId: string;
  constructor(runId: string, limitMs: number) {
    super(`run ${runId} has no result within ${limitMs} ms: it goes on, and \`result()\` may be asked again`);
    this.runId = runId;
  }
}

/** The run has ended, so nothing can be asked of it any more. */
export class RunClosedError extends GafferError {
  override readonly name = 'RunClosedError';
  readonly kind = 'conflict';
  readonly runId: string;
  constructor(runId: string, options?: ErrorOptions) {
    super(
      `run ${runId} has ended: \`gaffer show ${runId}\` says how, \`gaffer retry ${runId}\` goes on with a new run`,
      options,
    );
    this.runId = runId;
  }
}

/** What became of a run, by the status that Temporal closed it with. `gone`: Temporal knows it no more. */
const cutOffWords: Readonly<Record<string, string>> = {
  terminated: 'was terminated in Temporal',
  timed_out: 'timed out in Temporal',
  failed: 'failed in Temporal without a result',
  cancelled: 'was closed by Temporal as cancelled, without a result',
  completed: 'is completed in Temporal, but the database has no result of it',
  gone: 'has no result, and Temporal knows it no more',
};

/** See {@link RunCutOffError.status}. */
export const cutOffStatuses: readonly string[] = Object.keys(cutOffWords).map(toCutOffStatus);

function toCutOffStatus(closedAs: string): string {
  return closedAs.replace('_', '-');
}

/** Temporal closed the run before it could end by itself: it has no result, undid nothing at its end, and goes on no more. */
export class RunCutOffError extends GafferError {
  override readonly name = 'RunCutOffError';
  readonly kind = 'failed';
  readonly runId: string;
  /** How Temporal closed it: `terminated`, `timed-out`, `failed`, `cancelled`, `completed`, or `gone`. */
  readonly status: string;
  constructor(runId: string, status: string, detail = '') {
    const words = cutOffWords[status] ?? `was closed by Temporal (${status})`;
    super(
      `run ${runId} ${words}${detail === '' ? '' : ` (${detail})`}, so it could not undo anything: \`gaffer rollback ${runId}\` undoes what it did; \`gaffer retry ${runId}\` keeps that and goes on with a new run`,
    );
    this.runId = runId;
    this.status = toCutOffStatus(status);
  }
}

/** The run that was to evaluate another one came to its end without doing so. */
export class EvaluationError extends GafferError {
  override readonly name = 'EvaluationError';
  readonly kind = 'failed';
  /** The run that was to be evaluated. */
  readonly runId: string;
  constructor(runId: string, { runId: by, status, reason }: { runId: string; status: string; reason: string | null }) {
    super(
      `run ${by}, which was to evaluate ${runId}, ended as ${status}${reason === null ? '' : `: ${reason}`}. \`gaffer evaluate ${runId} --again\` tries again`,
    );
    this.runId = runId;
  }
}

/** The run did not answer in time, as nobody works on it or its worker is busy. It may still do what it was asked. */
export class NoAnswerError extends GafferError {
  override readonly name = 'NoAnswerError';
  readonly kind = 'unreachable';
  readonly runId: string;
  constructor(runId: string, limitMs: number, options?: ErrorOptions) {
    const seconds = Math.round(limitMs / 1000);
    super(
      `run ${runId} did not answer within ${seconds} s: no worker is at work on it, or it is stuck. \`gaffer watch ${runId}\` goes on with it; \`gaffer show ${runId}\` says whether the request was still met`,
      options,
    );
    this.runId = runId;
  }
}

/** Temporal answered, and does not do what it was asked: an unknown namespace, a key that it does not know or that may not, too many at once. */
export class TemporalRefusedError extends GafferError {
  override readonly name = 'TemporalRefusedError';
  readonly kind: ErrorKind;
  /** As gRPC calls it, such as `PERMISSION_DENIED`; a number for one that has no words of ours. */
  readonly code: string;
  constructor(message: string, { kind, code, cause }: { kind: ErrorKind; code: string; cause?: unknown }) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
  }
}
