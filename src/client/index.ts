export {
  NoAnswerError,
  RefusedError,
  RunClosedError,
  RunCutOffError,
  RunExistsError,
  RunNotFoundError,
  RunRefusedError,
} from './errors.ts';
export { connectGaffer } from './gaffer-client.ts';
export type { GafferClient, StartOptions } from './gaffer-client.ts';
export type { RunControls } from './run-control.ts';
export type { RunHandle } from './run-handle.ts';
export type { RunEvent } from '../domain/run-events.ts';
export type { RunResult, RunSummary, TaskResult } from '../domain/run-result.ts';
