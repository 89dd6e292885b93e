import { toAttemptId, toStepId } from './journal-key.ts';

interface Turn {
  taskId: string;
  attempt: number;
  turn: number;
}

/** What the run itself asks for and waits for, and about which work. Hand-written workflows may ask under any other id. */
export type RequestSubject =
  | { kind: 'before'; taskId: string }
  | { kind: 'after'; taskId: string; attempt: number }
  /** A conflict of its branch that a person is asked about, how often by now. */
  | { kind: 'conflict'; taskId: string; times: number }
  | ({ kind: 'budget' | 'provider' | 'loop' } & Turn)
  | ({ kind: 'tool' | 'blocker' | 'question'; toolUseId: string } & Turn);

/** Id of a request: the same one, whoever asks again. See execution-id.ts. */
export function toRequestId(subject: RequestSubject): string {
  switch (subject.kind) {
    case 'before':
      return `before/${subject.taskId}`;
    case 'after':
      return `after/${toAttemptId(subject.taskId, subject.attempt)}`;
    case 'conflict':
      return `conflict/${toAttemptId(subject.taskId, subject.times)}`;
    case 'budget':
    case 'provider':
    case 'loop':
      return `${subject.kind}/${toStepId(subject)}`;
    case 'tool':
    case 'blocker':
    case 'question':
      return `${subject.kind}/${toStepId(subject)}/${subject.toolUseId}`;
  }
}

/** What a request is about; null: none of ours. */
export function parseRequestId(id: string): RequestSubject | null {
  const [, kind, about] = /^(before|after|conflict|budget|provider|loop|tool|blocker|question)\/([^]+)$/.exec(id) ?? [];
  if (kind === undefined || about === undefined) return null;
  if (kind === 'before') return { kind, taskId: about };
  if (kind === 'after' || kind === 'conflict') {
    const [, taskId, attempt] = attemptPattern.exec(about) ?? [];
    if (taskId === undefined) return null;
    return kind === 'after' ? { kind, taskId, attempt: Number(attempt) } : { kind, taskId, times: Number(attempt) };
  }
  const isCall = kind === 'tool' || kind === 'blocker' || kind === 'question';
  const [, taskId, attempt, turn, toolUseId] = (isCall ? callPattern : stepPattern).exec(about) ?? [];
  if (taskId === undefined) return null;
  const step = { taskId, attempt: Number(attempt), turn: Number(turn) };
  return isCall ? { kind, ...step, toolUseId: toolUseId! } : { kind: kind as 'budget' | 'provider' | 'loop', ...step };
}

const number = String.raw`(0|[1-9]\d{0,14})`;
const attemptPattern = new RegExp(`^([^]+)~${number}$`);
const stepPattern = new RegExp(`^([^]+)~${number}/${number}$`);
// A provider names tool uses as it likes, a worker holds no "~": the first one ends it.
const callPattern = new RegExp(`^([^~]+)~${number}/${number}/([^]+)$`);
