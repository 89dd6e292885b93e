import type { EndedTask } from '../contracts/activities.ts';
import type { AgentTaskProgress } from '../contracts/agent-task.ts';

/** A piece of work for `Crew.run`. */
export interface CrewTask {
  /** See `toInstanceId`. */
  id: string;
  phase: string | null;
  agent: string;
  context: string;
  /** null: the prompt that the store has for this task. */
  prompt: string | null;
  retry: { maxAttempts: number; backoffMs: number };
  timeoutMs: number | null;
}

/** Where a task of the run is. */
export interface TaskState extends EndedTask {
  phase: string | null;
  startedAt: number;
  /** Where its conversation stood when it began. */
  startHead: string | null;
  progress: AgentTaskProgress | null;
}
