export {
  NoAnswerError,
  RefusedError,
  RunClosedError,
  RunCutOffError,
  RunExistsError,
  RunNotFoundError,
  RunRefusedError,
} from './errors.ts';
export { GafferError } from '../domain/errors.ts';
export type { ErrorKind } from '../domain/errors.ts';
export { connectGaffer } from './runs.ts';
export type { GafferClient, StartOptions } from './runs.ts';
export type { RunControls } from './control/run-control.ts';
export type { RunHandle } from './follow/run-handle.ts';
export type { RunEvent } from '../domain/run/run-events.ts';
export type { RunResult, RunSummary, TaskResult } from '../domain/run/run-result.ts';
