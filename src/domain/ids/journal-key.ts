import { undoMark } from './worker-id.ts';

/** Which step of which task an effect belongs to. */
export interface StepKey {
  taskId: string;
  attempt: number;
  turn: number;
  /** Grows when somebody asks for the work to be done anew; 0 at first. */
  epoch: number;
}

/** What stands between a worker and the number of its attempt. */
export const attemptMark = '~';

/** Names an attempt within its run: `task~attempt`. */
export function toAttemptId(taskId: string, attempt: number): string {
  return `${taskId}${attemptMark}${attempt}`;
}

/** Names a turn within its run, whichever epoch: `task~attempt/turn`. */
export function toStepId({ taskId, attempt, turn }: Omit<StepKey, 'epoch'>): string {
  return `${toAttemptId(taskId, attempt)}/${turn}`;
}

/** Key of a model call within its run: `task~attempt/turn/epoch`. */
export function modelKey(step: StepKey): string {
  return `${toStepId(step)}/${step.epoch}`;
}

/** Key of a tool run within its run: `task~attempt/turn/tool_use_id/epoch`. */
export function toolKey(step: StepKey, toolUseId: string): string {
  return `${toStepId(step)}/${toolUseId}/${step.epoch}`;
}

/** Key of a person's word that something which a tool asked about may be. */
export function agreedKey(what: string): string {
  return `agreed/${what}`;
}

/** The step behind a {@link modelKey}. @throws Error when it is none */
export function parseModelKey(key: string): StepKey {
  const [, taskId, attempt, turn, epoch] = modelPattern.exec(key) ?? [];
  if (taskId === undefined) throw new Error(`not the key of a model call: ${key}`);
  return { taskId, attempt: Number(attempt), turn: Number(turn), epoch: Number(epoch) };
}

/** Turn that the key of a model call or of a tool run is of; 0: it is neither. */
export function turnOfKey(key: string): number {
  return Number(new RegExp(`^[^~]+~${number}/(${number})/`).exec(key)?.[1] ?? 0);
}

/** Key of a try to undo an execution with a command or a tool; `tried`: how often it was tried before. */
export function undoKey({ taskId, epoch, tried }: { taskId: string; epoch: number; tried: number }): string {
  return `${undoMark}${taskId}/${epoch}${tried > 0 ? `/${tried}` : ''}`;
}

/** Which execution a key undoes, and in which attempt if it is a step of an agent; null: it undoes nothing by itself. */
export function parseUndo(key: string): { taskId: string; attempt: number | null } | null {
  const { taskId, attempt } = undoPattern.exec(key)?.groups ?? {};
  return taskId === undefined ? null : { taskId, attempt: attempt === undefined ? null : Number(attempt) };
}

const number = String.raw`(?:0|[1-9]\d{0,14})`;
const modelPattern = new RegExp(`^([^]+)~(${number})/(${number})/(${number})$`);
const undoPattern = new RegExp(`^undo:(?<taskId>[^/~]+)(?:/${number}(?:/${number})?|~(?<attempt>${number})/[^]+)$`);

/** Identity of a run across resets and continue-as-new: workflow id and first execution's run id. */
export function toRunKey(workflowId: string, firstExecutionRunId: string): string {
  return `${workflowId}:${firstExecutionRunId}`;
}

/** Key of a call for a provider: `RUNKEY/KEY`, with what tells other forms of it apart behind it. */
export function toCallKey(runKey: string, key: string): string {
  return `${runKey}/${key}`;
}

/** The run and the journal's key behind a {@link toCallKey}, in whatever form the call was made. @throws Error when it is none */
export function parseCallKey(callKey: string): { runKey: string; key: string } {
  const { runKey, key } = callPattern.exec(callKey)?.groups ?? {};
  if (runKey === undefined || key === undefined) throw new Error(`not the key of a call: ${callKey}`);
  return { runKey, key };
}

const callPattern = new RegExp(
  `^(?<runKey>[^]+?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?<key>[^]+~${number}/${number}/${number})(?:/[^~]+)?$`,
);
