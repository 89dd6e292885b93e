/** Somebody used that run id before. */
export class RunExistsError extends Error {
  override readonly name = 'RunExistsError';
  readonly runId: string;
  constructor(runId: string) {
    super(
      `there is already a run ${runId}: choose another --id, or look at it with \`gaffer show ${runId}\` (if you removed it: the id is free again a minute later)`,
    );
    this.runId = runId;
  }
}

/** There is no run with that id. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
  readonly runId: string;
  constructor(runId: string) {
    super(`there is no run ${runId}: \`gaffer runs\` lists them`);
    this.runId = runId;
  }
}

/** A run that could not even begin: its input was refused, or it was ended before it had a plan. */
export class RunRefusedError extends Error {
  override readonly name = 'RunRefusedError';
}

/** The run said no to what it was asked; the message is the run's own. Nothing has changed. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** The run has ended, so nothing can be asked of it any more. */
export class RunClosedError extends Error {
  override readonly name = 'RunClosedError';
  readonly runId: string;
  constructor(runId: string, options?: ErrorOptions) {
    super(
      `run ${runId} has ended: \`gaffer show ${runId}\` says how, \`gaffer retry ${runId}\` goes on with a new run`,
      options,
    );
    this.runId = runId;
  }
}

/** The run did not answer in time, as nobody works on it or its worker is busy. It may still do what it was asked. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
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
