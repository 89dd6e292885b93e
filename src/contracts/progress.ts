import type { Instance } from '../domain/ids/execution-id.ts';
import type { InnerReport } from './agent-task.ts';
import type { JsonValue } from '../domain/json.ts';
import type { ReusedFiles, RunEventDraft } from '../domain/run/run-events.ts';
import type { CompensationResult, RunStatus, RunStop, TaskResult } from '../domain/run/run-result.ts';

/** Events and changes of state, written in one transaction, and what is to be known of the tasks that come next. */
export interface RecordProgressInput {
  runKey: string;
  events: RunEventDraft[];
  status?: RunStatus;
  /** Tasks that have come to an end: their results become checkpoints and can be used by expressions. */
  ended?: EndedTask[];
  /** Tasks that somebody gives up while a slice may be at work on them: they have ended so, where the store knows of no end before. */
  giveUp?: EndedTask[];
  /** Tasks that are about to start. */
  begin?: BeginTask[];
  /** Loops of which an iteration has ended. */
  loops?: LoopCheck[];
  /** Tasks that ended and have an `after` approval with a condition. */
  asks?: string[];
  /** Changes of the run's limits; what is not named stays. */
  limits?: LimitsChange;
  /** Messages for contexts, delivered with the next turn there. */
  messages?: NewMessage[];
  /** Checkpoints without a snapshot, of what has ended with this step. */
  checkpoints?: Omit<SaveCheckpointInput, 'runKey'>[];
  /** A slice tells it, which does not know yet what somebody gave up: of that nothing begins any more, and nothing has ended. */
  isOfSlice?: true;
}

/** A task that is about to start: the store makes its prompt, decides its condition and looks for a result to use again. */
export interface BeginTask extends Instance {
  /** See `toInstanceId`. */
  id: string;
  /** Its turn of being tried anew by a person, from 0. */
  epoch: number;
  /** Where its conversation stands. */
  head: string | null;
  /** A person changed its prompt before approving it. */
  prompt?: string;
}

/** A loop of which an iteration has ended: `task` (its id) or `phase` (its index). */
export interface LoopCheck {
  loop: { task: string } | { phase: number };
  iteration: number;
}

/** Limits to change, in the format of a workflow file's `limits`, already checked. */
interface LimitsChange {
  /** Whose: `task/ID`, `phase/NAME` or `agent/NAME`; not there: the run's own. */
  scope?: string;
  usd?: number;
  tokens?: number;
  usdPerMinute?: number;
}

/** A message for a context. */
export interface NewMessage {
  id: string;
  /** Name of the context. */
  to: string;
  from: string;
  text: string;
}

/** A point to fork from. */
export interface SaveCheckpointInput {
  runKey: string;
  /** `phase/NAME#iteration`, `tasks/COUNT`. */
  checkpoint: string;
  /** For people: what had just ended. */
  after: string;
}

/** What the store says of a task that is about to start. */
export type BegunTask = { id: string } & (
  | {
      verdict: 'start';
      /** Whether its `before` approval is asked for. */ asks: boolean;
      /** Its prompt for whoever decides, at most 2,000 characters; empty unless `asks`. */ detail: string;
      /** How its prompt begins, for whoever looks; not there: a worker of before said so. */ about?: string;
    }
  /** Its condition is false; `isMissing`: it is not that, but what it would go through is missing. */
  | { verdict: 'skip'; reason: string; isMissing?: true }
  /** A `for_each`: so many items; each begins by itself. */
  | { verdict: 'expand'; width: number }
  /** An earlier run has its result. */
  | { verdict: 'reuse'; head: string | null; preview: string; from: string; files?: ReusedFiles }
  /** An expression cannot be evaluated. */
  | { verdict: 'fail'; error: string }
);

/** Answers to what {@link RecordProgressInput} asks. */
export interface RecordProgressResult {
  begun: BegunTask[];
  /** Whether each of the loops is over; `error`: its condition cannot be evaluated, so it is. */
  loops: { isOver: boolean; error: string | null }[];
  /** Whether each of `asks` is asked for. */
  asks: boolean[];
  /** Why `limits` were not changed; not there: they were, or there were none. */
  problem?: string;
  /** It took long from the moment on that it was asked for; left out: it did not. */
  isSlow?: true;
  /** What tasks that are a part of the run are to hear; left out: nothing. */
  reports?: InnerReport[];
  /** Of what `isOfSlice` told: what somebody had given up; left out: nothing. */
  givenUp?: string[];
  /** Of what is to be given up: what had ended before; left out: nothing. */
  hadEnded?: string[];
}

/** What a workflow knows of a task's end; usage and texts are in the store. */
export type EndedTask = Pick<TaskResult, 'status' | 'agent' | 'context' | 'durationMs' | 'attempts' | 'error'> & {
  /** See `toInstanceId`. */
  id: string;
  head: string | null;
  /** Its answer is JSON, though no plan says so: it met a schema of its own. */
  isJson?: boolean;
  /** What a script returned; null: nothing; left out: it is none, or did not come to that. */
  value?: JsonValue;
};

/** Input of `finishRun`: what became of each task, without the texts. */
export interface FinishRunInput {
  runKey: string;
  runId: string;
  workflow: string;
  stop: RunStop;
  durationMs: number;
  /** Every task and, of groups, every member. */
  tasks: EndedTask[];
  compensations: CompensationResult[];
  /** Tasks that failed, and whose work was done all the same; left out: none. */
  handled?: string[];
  /** What the store has not heard of yet; null: nothing. */
  last: RecordProgressInput | null;
  /** Execution of a rollback, which writes the result anew; left out: the run ends by itself. */ rollback?: string;
}
