/** Input of workflow `agentTask`: one attempt of one task. */
export interface AgentTaskInput {
  runKey: string;
  taskId: string;
  attempt: number;
  epoch: number;
  agent: string;
  model: string;
  context: string;
  phase: string | null;
  /** Where the conversation stands; null: at its beginning. */
  head: string | null;
  /** null: the plan's prompt of this task. */
  prompt: string | null;
  maxTurns: number;
  /** Limit of this attempt in ms; null: none of its own. */
  timeoutMs: number | null;
  /** Task queue of the host that has the workspace. */
  workspaceQueue: string;
}

/** How far an attempt came: its result, and the first detail of its failure. */
export interface AgentTaskProgress {
  /** Last answer whose tool calls all came to an end; null: none. */
  head: string | null;
  /** At most 300 characters of the last answer. */
  preview: string;
  turns: number;
  tokens: number;
  costUsd: number;
}
