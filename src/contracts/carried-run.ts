import type { SendBackInput } from './merge.ts';
import type { Packed } from '../domain/packed.ts';
import type { SchedulerSnapshot } from '../domain/scheduling/scheduler-snapshot.ts';
import type { AgentTaskProgress, CarriedLoop } from './agent-task.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';
import type { RunOutline } from './outline.ts';
import type { EndedTask } from './progress.ts';
import type { CarriedScript } from './script.ts';
import type { WaitAnswer, WaitRequest } from './waiting.ts';
import type { ReachedLimit } from '../domain/money/reached-limit.ts';
import type { WaitCause } from '../domain/run/run-events.ts';
import type { CompensationResult, RunStatus, RunStop } from '../domain/run/run-result.ts';

/**
 * Everything that the next execution of a run needs of this one: plain JSON, well below 1 MB at 10,000 tasks.
 *
 * What the store has is not in it: the plan's tasks, prompts, results, events.
 */
export interface CarriedRun {
  /** A cancel came in the very step in which the run went on as new. */
  isCancelled?: boolean;
  outline: Omit<RunOutline, 'tasks'>;
  /** Tasks that were added while the run lived: they stand behind those of the plan. */
  added: OutlineTask[];
  /** ms since the epoch. */
  startedAt: number;
  waitedMs: number;
  /** The last number that was given out. */
  numbers: number;
  /** Managers at work on blockers, by request. */
  helpIds: [request: string, taskId: string][];
  /** Where conversations stand that go on. */
  heads: Record<string, string>;
  /** One state per task of the outline, and behind them those of `extra`; null: it has none of its own. */
  tasks: { extra: string[]; states: Packed<CarriedTask | null> };
  scheduler: Omit<SchedulerSnapshot, 'tasks' | 'states'> & { states: Packed<SchedulerSnapshot['states'][string]> };
  attempts: CarriedAttempt[];
  /** What tasks in child workflows wait for. */
  relays: [taskId: string, request: WaitRequest][];
  executions: CarriedExecution[];
  epochs: [id: string, epoch: number][];
  /** Executions that something undoes, in the order in which they ended. */
  endOrder: string[];
  room: CarriedRoom;
  control: CarriedControl;
  phases: CarriedClock;
  waves: CarriedClock;
  /** How many items each `for_each` has whose width is known; left out by executions of before. */
  widths?: [id: string, width: number][];
  /** Scripts at work; left out: none. */
  scripts?: CarriedScript[];
  /** Tasks that have ended so far. */
  ended: number;
  /** What the run around it has told it, and was told last (`isResting`); left out: it is a task of none. */
  around?: { isOnItsOwn: boolean; isPausing: boolean; isResting?: true };
  /** Branches on their way into their target; left out: none. */
  merges?: CarriedMerges;
  /** It is being undone, as that is how it ended; left out: it is not. */
  undoing?: { stop: RunStop; done: CompensationResult[] };
}

/** Tasks whose branches are in line for a train, conflicts that are to be sent back, and which task resolves whose conflict. */
export interface CarriedMerges {
  queue: string[];
  back: Pick<SendBackInput, 'taskId' | 'after'>[];
  resolves: [taskId: string, of: string][];
  /** Conflicts that a person is or was asked about, how often, and what is asked now; null: it was answered. Left out: none. */
  asked?: { taskId: string; times: number; reason: string | null }[];
  /** Those that wait for the conflict of what they began from. Left out: none. */
  behind?: string[];
}

/** A task of the run: of one that has ended or not begun, only what differs. */
export type CarriedTask = Pick<EndedTask, 'status'> &
  Partial<EndedTask> & {
    phase?: string | null;
    startHead?: string | null;
    startedAt?: number;
    progress?: AgentTaskProgress | null;
  };

/** An execution in flight: before it begins (a person is asked), at work, or after it (a person is asked). */
export interface CarriedExecution {
  id: string;
  stage: 'before' | 'work' | 'after';
}

/** An attempt in flight. */
export interface CarriedAttempt {
  taskId: string;
  attempt: number;
  /** Attempts before this time of trying. */
  before: number;
  /** Where it is at work; `held`: it has not begun. */
  at: 'held' | 'child' | 'inline';
  /** Of one in the run itself. */
  loop: CarriedLoop | null;
  isIdle: boolean;
  /** It is a run itself that waits for somebody; left out: it is not. */
  isResting?: true;
  /** It waits for another agent; left out: it does not. */
  isStanding?: true;
}

/** A request that is open. Times in ms since the epoch; null: never. */
export interface CarriedRequest {
  request: WaitRequest;
  since: number;
  deadline: number | null;
  remindAt: number | null;
  escalateAt: number | null;
  reminders: number;
  approvals: string[];
  roles: string[];
  edit?: WaitAnswer['edit'];
  /** What was asked about before the first edit. */
  asked?: string;
  edits: number;
  answer: WaitAnswer | null;
}

/** What was waited for, and what was decided. */
export interface CarriedRoom {
  open: CarriedRequest[];
  closed: [id: string, closed: { answer: WaitAnswer; at: number }][];
}

/** Whether the run may go on, and what was told of that. */
export interface CarriedControl {
  pause: { by: string; reason: string } | null;
  breaker: string | null;
  told: RunStatus;
  tellings: number;
  resumedBy: string;
  firstWait: { cause: WaitCause; detail: string; limit?: ReachedLimit } | null;
}

/** Phases or waves that are open, with their start in ms since the epoch, and how often each began. */
export interface CarriedClock {
  open: [index: number, startedAt: number][];
  rounds: [index: number, round: number][];
}
