import type { Approval } from '../domain/plan/plan.ts';
import type { AgentTaskProgress } from './agent-task.ts';
import type { ForeignDecision, ForeignFrom } from './foreign.ts';

/** Input of `runAgent`: one session of an agent that a program of others runs. Its messages stand in the store. */
export interface RunAgentInput {
  runKey: string;
  taskId: string;
  attempt: number;
  epoch: number;
  agent: string;
  context: string;
  phase: string | null;
  /** Number of the session within its attempt, from 1. */
  session: number;
  /** Where the conversation stood before the attempt; null: it begins. */
  head: string | null;
  /** What the attempt begins with: the plan's prompt, or that text. */
  prompt: 'task' | { text: string };
  /** How it goes on; null: it begins. */
  from: ForeignFrom | null;
  /** What people said of calls of the attempt so far: a session that begins anew comes to them again. */
  decided: ForeignDecision[];
  /** How far the attempt has come. */
  progress: AgentTaskProgress;
  /** Number of the last turn that the attempt may take. */
  lastTurn: number;
  /** Models are asked although their provider asked to be left alone. */
  insists?: boolean;
}

/** What the workflow learns of a session. */
export interface RunAgentResult {
  progress: AgentTaskProgress;
  sessionId: string | null;
  end: ForeignEnd;
}

/** How a session ended, as far as its attempt goes on or ends with it. */
export type ForeignEnd =
  /** The agent says that it is done, and what its task asks for holds. */
  | { kind: 'done' }
  /** It says so, and that does not hold: it is told. `why`: the same in one line, for people. */
  | { kind: 'again'; say: string; why: string }
  /** It says so, and there are messages for it. */
  | { kind: 'told'; say: string }
  /** A call waits for a person. */
  | { kind: 'asks'; call: AskedCall }
  /** The run is paused, or another task is in its way. `say`: messages that came for it meanwhile. */
  | { kind: 'paused'; say?: string }
  /** It goes round in circles with that. */
  | { kind: 'loops'; what: string }
  /** It goes on once something is overcome, or fails by it: a failure as `callModel` has them. */
  | { kind: 'stopped'; type: string; message: string; details: unknown[] };

/** A call that a person has to decide about. */
export interface AskedCall {
  id: string;
  /** One line for people. */
  summary: string;
  /** The literal call; at most 2,000 characters. */
  detail: string;
  /** What tells it from every other call: its tool and the whole of its input, as a hash. */
  print: string;
  approval: Approval;
}
