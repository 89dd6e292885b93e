export { connect } from './connect.ts';
export { defineTemplate } from './define-template.ts';
export type { Template, TemplateParameter, TemplateTask, TemplateValues } from './define-template.ts';
export type { ConnectOptions } from './connect-options.ts';
export type { TemporalTarget } from '../domain/temporal-target.ts';
export {
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
} from './errors.ts';
export { GafferError, UnreachableError, UsageError } from '../domain/errors.ts';
export type { ErrorKind } from '../domain/errors.ts';
export { DefinitionError } from '../definition/source/diagnostic.ts';
export type * from './runs.ts';
export type * from './bulk/many.ts';
export type { Runs } from './temporal-runs.ts';
export type * from './start-options.ts';
export type * from './schedules/schedules.ts';
export type { RunPriority } from '../domain/run-priority.ts';
export type * from './run.ts';
export type * from './run-view.ts';
export type { SharedState, StateHold, StateValue } from './state/shared-state.ts';
export type { Both, ComparedRuns, ComparedTask } from '../domain/evaluation/compare-runs.ts';
export type { Recommendation } from '../domain/evaluation/recommendation.ts';
export type {
  CheckResult,
  EvaluationReport,
  Evaluation,
  KeptEvaluation,
  Performance,
  Quality,
  TaskEvaluation,
  TaskMeasures,
} from '../domain/evaluation/evaluation.ts';
export type { Grade } from '../domain/grades.ts';
export type { RunEvent } from '../domain/run/run-events.ts';
export type { RunResult, RunStatus, RunSummary, TaskResult, TaskStatus } from '../domain/run/run-result.ts';
export type { Plan } from '../domain/plan/plan.ts';
export type { JsonObject, JsonValue } from '../domain/json.ts';
export type { TranscriptEntry } from '../domain/conversation/transcript-entry.ts';
export type { WaitingAnswer } from '../contracts/waiting.ts';
export type { ApproveAnswer } from '../contracts/control.ts';
export type { Diagnostic } from '../definition/source/diagnostic.ts';
export type { PlanEdits } from './start/plan-edits.ts';
export type { RunState } from '../domain/run/run-state.ts';
