import type { CrewMessage } from '../domain/messages/message.ts';
import type { JsonValue } from '../domain/json.ts';
import type {
  AddTasksUpdateInput,
  AnswerInput,
  ApproveAnswer,
  ApproveInput,
  By,
  PauseInput,
  RetryTaskInput,
  SendMessageInput,
  SetLimitsInput,
  SetPriorityInput,
  SkipTaskInput,
} from '../contracts/control.ts';
import type { WaitingAnswer } from '../contracts/waiting.ts';
import type { KeptEvaluation } from '../domain/evaluation/evaluation.ts';
import type { TranscriptEntry } from '../domain/conversation/transcript-entry.ts';
import type { RunEvent } from '../domain/run/run-events.ts';
import type { RunResult, TaskStatus } from '../domain/run/run-result.ts';
import type { RunState } from '../domain/run/run-state.ts';
import type { RunCutOffError } from './errors.ts';
import type { RunView } from './run-view.ts';
import type { SharedState, StateValue } from './state/shared-state.ts';

/** A decision about an approval: its `id` is that of the approval or of its task; left out: the only one that waits. */
export type Decision = Omit<ApproveInput, 'id' | 'decision'> & { id?: string };

/** An answer to a blocker: its `id` is that of the blocker or of its task; left out: the only one that waits. */
export type BlockerAnswer = Omit<AnswerInput, 'id'> & { id?: string };

/** Limits to change; what is not named stays. Of the run, or of one `task`, `phase` or `agent`, which has `usd` and `tokens` only. */
export type LimitChange = Omit<SetLimitsInput, 'by'>;

/** What came out of an execution of a task. `value`: its structured answer, where the task asks for one. */
export interface RunOutput {
  task: string;
  status: TaskStatus;
  output: string;
  value?: JsonValue;
}

/** A conversation of a run, by name. */
export interface RunContext {
  name: string;
  agent: string;
  /** Id of its newest message. */
  head: string;
  messages: number;
}

/** A point to fork from: everything up to it can be used again. `snapshot`: commit with the workspace's files; null: none. */
export interface RunCheckpoint {
  checkpoint: string;
  after: string;
  /** ISO 8601. */
  at: string;
  /** Executions that had ended. */
  tasks: string[];
  snapshot: string | null;
  /** Commits with the files of tasks that work in folders of their own, by task; left out: there are none. */
  snapshots?: Record<string, string>;
}

/** How long to wait for a result. */
export interface ResultOptions {
  /** In ms; default: for ever. */
  timeoutMs?: number;
}

/** Where to follow a run from. */
export interface FollowOptions {
  /** Number of the last event that is known already; default: 0, from the beginning. */
  after?: number;
  /** Ends the iteration. */
  signal?: AbortSignal;
}

/**
 * One run: its story, its end, and everything that can be asked of it.
 *
 * What is asked of a run that lives is answered once it has done it or said no: with {@link RefusedError} it said no and nothing has
 * changed, with {@link RunClosedError} it has ended, with {@link NoAnswerError} nobody works on it.
 */
export interface Run {
  /** Also the workflow id in Temporal. */
  readonly id: string;
  /** This run and no other: an id can be used again once its run was removed. */
  readonly runKey: string;
  /** Address of its page in the Temporal Web UI; null: none is known. */
  webUrl(): Promise<string | null>;
  /**
   * The run's story, live until its last event. Lost connections to the database are made anew, for up to a minute each.
   *
   * @throws RunRefusedError when the run never began; RunNotFoundError when it was removed; RunCutOffError some seconds after Temporal closed it without a result
   *
   * @example
   * ```ts
   * import { connect } from 'gaffer-crew';
   *
   * const runs = await connect();
   * const run = await runs.find('my-run');
   * for await (const event of run.events()) {
   *   if (event.type === 'approval:requested') await run.approve({ id: event.approvalId, by: 'me', role: 'owner' });
   * }
   * await runs.close();
   * ```
   */
  events(options?: FollowOptions): AsyncIterable<RunEvent>;
  /**
   * The result, whatever the end was.
   *
   * @throws RunRefusedError when the run never began; RunCutOffError when it cannot come; RunGoesOnError when it has not come within `timeoutMs`:
   * the run goes on all the same
   */
  result(options?: ResultOptions): Promise<RunResult>;
  /** How it stands, as its events so far tell it. */
  state(): Promise<RunState>;
  /** The same as one JSON value: what `gaffer show --json` prints. */
  view(): Promise<RunView>;
  /** Its conversations. */
  contexts(): Promise<RunContext[]>;
  /** A conversation, oldest message first; without a name the only one. @throws UsageError when there is none or which is not clear */
  transcript(context?: string): Promise<TranscriptEntry[]>;
  /**
   * What came out of a task, whole: of a `for_each` every member's, of a loop the last time around; without a name of the last task that
   * succeeded. @throws UsageError when none has ended, or the run has not started
   */
  output(task?: string): Promise<RunOutput[]>;
  /** What its agents share: the newest version of every key, by key, and the locks that are held. */
  sharedState(): Promise<SharedState>;
  /** Versions of a key of that, oldest first: the newest 1,000. @throws UsageError when nobody has written it */
  stateHistory(key: string): Promise<StateValue[]>;
  /** What its agents and people wrote to each other, in order, each with how long it waited. */
  messages(): Promise<CrewMessage[]>;
  /** Points to fork from, oldest first. */
  checkpoints(): Promise<RunCheckpoint[]>;
  /** Everything that the store knows of it, one JSON line a row, all of one moment. */
  export(): AsyncIterable<string>;

  /** What came out of evaluating it, oldest first; empty: nobody did. */
  evaluations(): Promise<KeptEvaluation[]>;

  /** Nothing more starts; `pausing` while calls in flight still end. */
  pause(input?: PauseInput): Promise<'pausing' | 'paused'>;
  /** Goes on, also after a limit or a provider stopped it. */
  resume(input?: By): Promise<void>;
  /** Stops the run: calls in flight are aborted, nothing more starts, what is registered is undone. Of an ended one it changes nothing. */
  cancel(): Promise<void>;
  /** Gives a task up that has not ended. */
  skip(input: SkipTaskInput): Promise<void>;
  /** Does a task that has ended anew, in place. @returns ids of all that is done anew */
  retryTask(input: RetryTaskInput): Promise<string[]>;
  /** Tells an agent something, with its next turn. @returns the message's id */
  send(input: SendMessageInput): Promise<string>;
  /** Raises or lowers what the run, or a part of it, may use. Does not resume by itself. */
  setLimits(input: SetLimitsInput): Promise<void>;
  /**
   * Before whom the run, or a task of it that has not ended, is served from now on: what has not begun, and what waits for a worker. A task
   * that was given one keeps it, whatever the run has.
   */
  setPriority(input: SetPriorityInput): Promise<void>;
  /** What waits for somebody, oldest first, as the run itself says. */
  waiting(): Promise<WaitingAnswer>;
  /** Says yes to what waits for an approval, as it is or as `edit` changes it. */
  approve(input?: Decision): Promise<ApproveAnswer>;
  /** Says no to what waits for an approval. */
  reject(input?: Decision): Promise<ApproveAnswer>;
  /** Answers a blocker. */
  answer(input: BlockerAnswer): Promise<void>;
  /** Adds tasks as a workflow file has them. @returns their ids */
  addTasks(input: AddTasksUpdateInput): Promise<string[]>;

  /**
   * Sees to it that somebody works on it: where nobody does, a worker in this process, as `gaffer watch` starts one.
   *
   * Only of a connection with `start`; of any other it changes nothing.
   */
  takeUp(): Promise<void>;
  /** What Temporal says of it (`gone`: nothing any more), and why it stands still, or was cut off, if it is so; `held`: which calls wait for their turn. */
  describe(): Promise<{ status: string; stuck: string | null; held?: string }>;
  /** Why its result can never come: it was terminated, for one. null: it goes on, has ended by itself, or never began. */
  cutOff(): Promise<RunCutOffError | null>;
  /** Waits until Temporal has closed the run, too, which takes a worker a moment after the result is there; at most `withinMs` (10 s). */
  closed(withinMs?: number): Promise<void>;
  /**
   * Removes a run that has ended for good: its snapshots, what Temporal keeps of it (within a minute), then all its rows.
   *
   * @returns how many snapshots there were. @throws UsageError when it, or a run that goes on from it, has not ended
   */
  remove(): Promise<{ snapshots: number }>;
}
