/** Which step of which task an effect belongs to (design section 3). */
export interface StepKey {
  taskId: string;
  attempt: number;
  turn: number;
  /** Grows when somebody asks for the work to be done anew; 0 at first. */
  epoch: number;
}

/** Key of a model call within its run: `task~attempt/turn/epoch`. */
export function modelKey(step: StepKey): string {
  return `${step.taskId}~${step.attempt}/${step.turn}/${step.epoch}`;
}

/** Key of a tool run within its run: `task~attempt/turn/tool_use_id/epoch`. */
export function toolKey(step: StepKey, toolUseId: string): string {
  return `${step.taskId}~${step.attempt}/${step.turn}/${toolUseId}/${step.epoch}`;
}

/** The step behind a {@link modelKey}. */
export function parseModelKey(key: string): StepKey {
  const match = /^(.*)~(\d+)\/(\d+)\/(\d+)$/.exec(key);
  if (!match) throw new Error(`not the key of a model call: ${key}`);
  return { taskId: match[1]!, attempt: Number(match[2]), turn: Number(match[3]), epoch: Number(match[4]) };
}

/** Identity of a run across resets and continue-as-new: workflow id and first execution's run id. */
export function toRunKey(workflowId: string, firstExecutionRunId: string): string {
  return `${workflowId}:${firstExecutionRunId}`;
}
