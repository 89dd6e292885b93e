import type { Approval } from '../domain/plan/plan.ts';
import type { AgentTaskProgress } from './agent-task.ts';

/** A call of a tool as a task. `isApproved`: those whom the policy asks have said yes. */
export interface DoToolInput {
  runKey: string;
  taskId: string;
  attempt: number;
  isApproved: boolean;
}

/** What became of it; `ask`: the policy asks somebody first. */
export type DoToolResult =
  | { kind: 'done'; progress: AgentTaskProgress }
  | { kind: 'failed'; reason: string }
  | { kind: 'ask'; approval: Approval; what: string; detail: string };
