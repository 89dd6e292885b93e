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
