import type { JsonObject } from '../domain/json.ts';

/** Which session goes on, and with what. */
export interface ForeignFrom {
  /** The session's id; null: the one before never began. */
  sessionId: string | null;
  /** What its agent is told; null: it goes on with the call that was decided about last. */
  say: string | null;
}

/** What somebody said of a call. */
export interface ForeignDecision {
  toolUseId: string;
  /** See `AskedCall`: it is said of that very call, whatever else comes under its id. */
  print: string;
  /** null: it may run; else why it may not, in words for the agent. */
  refusal: string | null;
  /** Its input as it was changed before it was approved. */
  edit?: JsonObject;
}
