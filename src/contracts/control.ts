import type { JsonValue } from '../domain/json.ts';
import type { RunPriority } from '../domain/run-priority.ts';

/**
 * Who did it, as the caller says; the product has no accounts of its own.
 *
 * @public named in the declarations of workflows/base/definitions.ts
 */
export interface By {
  by?: string;
}

/**
 * Input of update `pause`.
 *
 * @public named in the declarations of workflows/base/definitions.ts
 */
export interface PauseInput extends By {
  reason?: string;
}

/**
 * Input of update `skipTask`.
 *
 * @public named in the declarations of workflows/base/definitions.ts
 */
export interface SkipTaskInput extends By {
  task: string;
  reason?: string;
}

/** Input of update `retryTask`: the task, and with `descendants` everything that depends on it, is done anew. */
export interface RetryTaskInput extends By {
  task: string;
  descendants?: boolean;
}

/**
 * Input of update `setLimits`; what is not named stays. Times in ms, money in USD.
 *
 * With one of `task`, `phase` and `agent`, it is the limit of that part of the run, which has `usd` and `tokens` only.
 */
export interface SetLimitsInput extends By {
  /** Id of a task: its limit holds for all executions and attempts of it together. */
  task?: string;
  phase?: string;
  agent?: string;
  usd?: number;
  tokens?: number;
  usdPerMinute?: number;
  maxParallel?: number;
  /** Of the whole run, counted from its start. */
  timeoutMs?: number;
}

/** Input of update `setPriority`: before whom what waits is served. */
export interface SetPriorityInput extends By {
  /** Id of a task that has not ended; left out: the run. */
  task?: string;
  priority: RunPriority;
}

/** Input of update `sendMessage`: `to` is a task or a context. */
export interface SendMessageInput {
  to: string;
  text: string;
  from?: string;
}

/**
 * Input of update `approve`: the decision about one approval. `role`: in which role; `edit`: a new prompt or tool input; `seen`: how many changes of
 * it whoever approves has seen, refused when there are others by now.
 */
export interface ApproveInput extends By {
  id: string;
  decision: 'approve' | 'reject';
  role?: string;
  comment?: string;
  edit?: JsonValue;
  seen?: number;
}

/** Input of update `answer`: the answer to one blocker. */
export interface AnswerInput extends By {
  id: string;
  text: string;
}

/**
 * Input of update `addTasks`: tasks as a workflow file has them.
 *
 * @public named in the declarations of workflows/base/definitions.ts
 */
export interface AddTasksUpdateInput extends By {
  tasks: JsonValue;
}

/**
 * What one decision led to: whether the approval is decided now, and how many more people have to approve.
 *
 * @public named in the declarations of workflows/base/definitions.ts
 */
export interface ApproveAnswer {
  decided: boolean;
  missing: number;
}

/** Every update of a run, by its name: what it takes and how it is answered. */
export interface RunUpdates {
  /** Nothing more starts; `pausing` while calls in flight still end. */
  pause: { input: PauseInput; answer: 'pausing' | 'paused' };
  /** Goes on, also after a budget or a provider stopped it. */
  resume: { input: By; answer: void };
  /** Gives a task up that has not ended; its dependents see it as skipped. */
  skipTask: { input: SkipTaskInput; answer: void };
  /** Does a task anew that has ended, in place. Answers with the ids of all that is done anew. */
  retryTask: { input: RetryTaskInput; answer: string[] };
  /** Raises or lowers limits of the run or of a part of it; does not resume by itself. */
  setLimits: { input: SetLimitsInput; answer: void };
  /**
   * What has not begun takes its place by it. Answers with the ids of workflows that began already, which whoever asks has Temporal serve
   * by it, too (`UpdateWorkflowExecutionOptions`).
   */
  setPriority: { input: SetPriorityInput; answer: string[] };
  /** Answers with the message's id; it is delivered with the next turn there. */
  sendMessage: { input: SendMessageInput; answer: string };
  /** One person's decision; the same one again changes nothing. */
  approve: { input: ApproveInput; answer: ApproveAnswer };
  /** The answer to a blocker. */
  answer: { input: AnswerInput; answer: void };
  /** Answers with the ids of what was added. */
  addTasks: { input: AddTasksUpdateInput; answer: string[] };
}
