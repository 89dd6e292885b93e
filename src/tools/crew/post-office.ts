import type { JsonValue } from '../../domain/json.ts';
import type { MessageKind } from '../../domain/messages/message.ts';
import type { Sql } from '../../store/database/sql.ts';

/** A message as an agent writes it, checked and cleaned. */
export interface Letter {
  /** A context, a task or an agent; of a broadcast, everybody. */
  to: string;
  kind: MessageKind;
  text: string;
  data?: JsonValue;
  /** Of a handoff: whether the sender's task ends with it. */
  afterwards?: 'end' | 'continue';
}

/** A question that an agent waits for. */
export interface Question {
  to: string;
  text: string;
  /** How long it waits, in ms. */
  waitMs: number;
  /** What it goes on with when nobody has answered by then; null: nothing. */
  fallback: string | null;
}

/** What an agent looks for in its inbox: what it has not read and questions that nobody has answered, what was folded into a summary, or one message. */
export type InboxLook =
  | { kind: 'unread' }
  /** `after`: those that came after the one with this id; null: from the first one on. */
  | { kind: 'folded'; after: string | null }
  /** `from`: where in it to begin, in characters. */
  | { kind: 'one'; id: string; from: number };

/** Where an agent's messages go and come from, each in the open transaction of its call. The orchestrator says who it is. */
export interface PostOffice<Output> {
  /** Sends a message; with the same call once more, nothing is added. What is wrong with it is said to the model. */
  send(sql: Sql, letter: Letter): Promise<Output>;
  /** Asks and waits, or looks whether the answer is there. */
  ask(sql: Sql, question: Question): Promise<Output>;
  /** Messages to the agent, as it asks for them. */
  inbox(sql: Sql, looked: InboxLook): Promise<Output>;
}
