import type { LongWait } from './long-wait.ts';

/** The `type` of every failure that crosses Temporal. Workflows branch on these, never on classes. */
export const failureTypes = {
  /** The input of a run is not a valid plan; the message lists every error. */
  invalidInput: 'InvalidInput',
  /** Somebody else answered a step in the place of the worker. Asked again, a bounded number of times, where that is harmless. */
  foreignAnswer: 'ForeignAnswer',
  /** The run ended as failed; the detail is its result JSON. */
  runFailed: 'RunFailed',
  /** The next model call's worst case would go past a limit; its first detail says which (`ReachedLimit`). */
  budgetExceeded: 'BudgetExceeded',
  /** An agent used up its turns, or went round in circles. */
  turnsExhausted: 'TurnsExhausted',
  /** A task ran longer than its timeout. */
  taskTimeout: 'TaskTimeout',
  /** The provider will refuse every further call too: wrong key, exhausted spend limit, unknown model. Opens the run's breaker. */
  modelRejected: 'ModelRejected',
  /** The provider refuses this one request (bad request); others may go through. */
  modelBadRequest: 'ModelBadRequest',
  /** The model declined to answer. */
  modelRefused: 'ModelRefused',
  /** The provider could not be reached or answered with a passing error; retried. */
  modelUnavailable: 'ModelUnavailable',
  /** The answer of a task with a structured `output` does not meet its schema, however often it went back, or nothing can. */
  outputInvalid: 'OutputInvalid',
  /** Answers of a task were cut off at their limit of tokens again and again; the message names the limit. */
  answerCut: 'AnswerCut',
  /** A program that does an agent's tasks failed, or what it did does not hold. */
  agentFailed: 'AgentFailed',
  /** A step was ended as its run was paused: it begins anew when that goes on. */
  paused: 'Paused',
  /** A task's answer had no content, and none when it was asked for again. */
  answerEmpty: 'AnswerEmpty',
  /** A task changed files that are not its own, or such as git cannot keep. */
  workRefused: 'WorkRefused',
  /** Another worker took this call over; its answer counts. Retried, and then found. */
  superseded: 'Superseded',
  /** The database cannot hold what is written, or cannot do what is asked, whenever it is asked: a bug, or a value that nobody checked. */
  dataRejected: 'DataRejected',
  /** A journal key was found with another request behind it: a bug, or a store of another run. */
  journalMismatch: 'JournalMismatch',
} as const;

/** First detail of a failure `ModelUnavailable`: why, as far as faces tell it apart. */
export interface UnavailableDetail {
  /** Whether the provider was asked more often than it allows. */
  isRateLimit: boolean;
  /** It asks to wait for long: the task waits, and the step is over. */
  wait?: LongWait;
}

/** One of {@link failureTypes}. */
export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];
