import type { JsonValue } from '../json.ts';

/** What a message is: something to know, a question, its answer, something for everybody, or work that is handed over. */
export type MessageKind = 'data' | 'request' | 'response' | 'broadcast' | 'handoff';

/**
 * How far a message has come: it waits for the receiver's next turn; stands in a turn that is being asked; the model has answered that turn; of a
 * request, its answer is there; of one that somebody waited for, its time was over; nobody reads it any more.
 */
type MessageState = 'queued' | 'delivered' | 'read' | 'answered' | 'expired' | 'dead';

/** A message of a run. Times are ISO 8601; null: not yet, or never. */
export interface CrewMessage {
  id: string;
  kind: MessageKind;
  /** The sender's conversation, or the name of a person. */
  from: string;
  /** The conversation that it is for. */
  to: string;
  text: string;
  data?: JsonValue;
  state: MessageState;
  /** Its receiver was told of it in a summary, not by its text: more came than a turn has room for. Not there: it was not. */
  isFolded?: true;
  /** The request that it answers; null: none. */
  replyTo: string | null;
  /** Why it came to nothing; not there: it did not, or nobody said. */
  reason?: string;
  sentAt: string;
  deliveredAt: string | null;
  answeredAt: string | null;
  /** How long it has waited, or waited, to be delivered, in ms. */
  waitedMs: number;
}

/** Longest text of a message, and of what goes with it as JSON; in characters. */
export const longestMessage = 20_000;

/** How long a question waits for its answer when it names no deadline, in ms. */
export const usualDeadlineMs = 15 * 60_000;

/** Most unread messages of other runs that a conversation takes. */
export const mostFromOutside = 100;

/** Most conversations that one message goes to. */
export const mostReceivers = 200;
