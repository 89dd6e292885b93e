import type { AgentDelta, AnsweringCall } from '../../domain/conversation/agent-delta.ts';

/** What models say while they answer: passed on, never kept, and lost where that is cheaper. */
export interface Deltas {
  /** What takes the texts of a call of a run, piece by piece; it passes them on while somebody listens to that run, and costs next to nothing else. */
  speak(runNo: number, call: AnsweringCall): (text: string) => void;
  /**
   * Listens to a run, from some moment within the next second on.
   *
   * @param onDeaf told, in words for a log, when nothing can be heard by this connection to the database
   * @returns what ends it
   */
  hear(runKey: string, hearer: (delta: AgentDelta) => void, onDeaf: (why: string) => void): () => void;
  close(): Promise<void>;
}

/** The name under which they are passed on. */
export const channel = 'gaffer_deltas';

/** A delta on its way. */
export interface PassedDelta {
  no: number;
  delta: AgentDelta;
}
