import type { Usage } from '../domain/money/usage.ts';

/** Input of `readOutput`: a task that has ended, and where it left its conversation. */
export interface ReadOutputInput {
  runKey: string;
  taskId: string;
  head: string | null;
}

/** What came out of a task, as the store has it. */
export interface TaskOutput {
  /** Its last answer; of one that is longer than a history can take, the beginning. */
  text: string;
  /** Characters that the answer has. */
  length: number;
  /** What was paid for, in all attempts. */
  usage: Usage;
  costUsd: number;
  turns: number;
}
