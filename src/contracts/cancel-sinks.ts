/** What workflow code tells its worker of steps that it cancels, by their ids; their workflow's id comes with every call of a sink. */
export type CancelSinks = { gafferSteps: { cancelled(steps: readonly string[]): void } };
