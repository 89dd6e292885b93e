import type { ChangedPriorities } from '../domain/changed-priorities.ts';
import type { InnerReport, AgentTaskProgress, LoopState } from './agent-task.ts';
import type { CarriedRun } from './carried-run.ts';
import type { BegunTask } from './progress.ts';

/** An attempt that is done in a slice, or goes on in one. */
export interface SlicedAttempt {
  taskId: string;
  attempt: number;
  agent: string;
  context: string;
  maxTurns: number;
  /** Limit of the attempt in ms, without the time in which it waited; null: none of its own. */
  timeoutMs: number | null;
  /** ms since the epoch. */
  startedAt: number;
  waitedMs: number;
  /** Where its loop stands. */
  state: LoopState;
}

/** What may begin in a slice after what it is given; left out: nothing does. */
export interface SliceFollowers {
  /** The run's scheduler: what is at work elsewhere stays at work. */
  scheduler: CarriedRun['scheduler'];
  /** Agents whose tools are over in a moment. */
  agents: string[];
  /** How many tasks may be at work in it at once. */
  slots: number;
  /** Where conversations stand that several tasks have. */
  heads: Record<string, string>;
  priorities?: ChangedPriorities;
}

/** Input of activity `runSlice`: tasks that have begun, which one worker takes as far as they need nobody else. */
export interface SliceInput {
  runKey: string;
  tasks: SlicedAttempt[];
  follow?: SliceFollowers;
}

/** How far one came: what it ended with, or where its loop stands and why it cannot go on there. */
export type SlicedOutcome =
  | { kind: 'done'; progress: AgentTaskProgress; durationMs: number }
  | { kind: 'failed'; type: string; message: string; progress: AgentTaskProgress }
  /** `moved`: it needs more than a slice gives; `rests`: the slice was over, or it was given up; `held`: the run is paused. */
  | {
      kind: 'left';
      why: 'moved' | 'rests' | 'held';
      state: LoopState;
      /** ms since the epoch: from then on it waits, at first for the others of its slice. */
      leftAt: number;
    };

/** A task of a slice at its end there. `begun`: it began in it, with this answer of the store. */
export interface SlicedEnd {
  taskId: string;
  attempt: number;
  /** ms since the epoch. */
  startedAt: number;
  outcome: SlicedOutcome;
  begun?: Extract<BegunTask, { verdict: 'start' }>;
}

/** Result of activity `runSlice`. */
export interface SliceResult {
  /** In the order in which they came to it; what somebody gave up meanwhile may not be among them. */
  ends: SlicedEnd[];
  /** What tasks at work in the run itself are to hear. */
  reports?: InnerReport[];
}
