/* What is written into the journal and what it answers. J6: see journal.ts. */
import type { JsonObject } from '../../domain/json.ts';
import type { NanoUsd } from '../../domain/money/money.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { MailPlace } from '../messages/mail.ts';
import type { StoredMessage } from '../run/conversation.ts';

/** Who works on a row; but for the token, only for people who look into the database. */
export interface Holder {
  token: string;
  host: string;
  pid: number;
  workflowId: string;
  runId: string;
  activityId: string;
}

/** Money and tokens held back for one call. */
export interface Reservation {
  nano: NanoUsd;
  tokens: number;
}

/** Where an effect stands when somebody sets out to do it. */
export type Begun =
  | { state: 'fresh' }
  | { state: 'resumed'; attempts: number; intent: JsonObject; reserved: Reservation }
  | { state: 'done'; result: JsonObject }
  /** The run is cancelled: it must not be done (J6). */
  | { state: 'cancelled' };

/**
 * Where a model call stands: `exceeded` when its reservation does not fit below a limit. Then nothing was written but, where it will fit
 * once others have given back what they hold back (`isHeld`), its place among those who wait (J7).
 */
export type BegunModel = Begun | { state: 'exceeded'; exceeded: Exceeded };

/** What a tool run writes before it begins. */
export interface ToolIntent {
  no: number;
  key: string;
  holder: Holder;
  events: RunEventDraft[];
}

/** What a tool run writes after it. */
export interface ToolOutcome {
  no: number;
  key: string;
  token: string;
  result: JsonObject;
  events: RunEventDraft[];
}

/** What a model call writes before it is made. */
export interface ModelIntent {
  no: number;
  key: string;
  holder: Holder;
  /** The new user message; null when the conversation goes on as it stands. */
  message: StoredMessage | null;
  /** Messages of others to its conversation: with the row, those that stand in it count as delivered; left out: none. */
  mail?: readonly MailPlace[];
  /** What a retry needs to rebuild the very same request. */
  intent: JsonObject;
  reserve: Reservation;
  /** It does not begin while its run is paused (`CallHeld`): nobody else looks. Left out: it does. */
  isHeldByPause?: boolean;
  /** Limits below the run's own that it counts to; left out: none. */
  scopes?: ScopeLimit[];
  /** Hash of the token under which an attempt's program asks: it begins nothing when that has ended, or the run, or stands still. Left out: our own loop. */
  asker?: Buffer;
  events: RunEventDraft[];
}

/** What a model call writes after it. */
export interface ModelOutcome {
  no: number;
  key: string;
  token: string;
  message: StoredMessage;
  usage: JsonObject;
  cost: NanoUsd;
  tokens: number;
  result: JsonObject;
  /** The conversation that goes on from the answer; null: none does, as the call was cut off. */
  context: { name: string; agent: string } | null;
  events: RunEventDraft[];
  /** The answer as it came, for the gateway to give it again; a body of null was too long to be kept. Left out: no call of the gateway's. */
  raw?: { status: number; headers: Readonly<Record<string, string>>; body: Buffer | null };
}

/** A limit below the run's own; null: none of that kind. */
export interface ScopeLimit {
  /** `phase/NAME`, `task/ID` or `agent/NAME`. */
  scope: string;
  limitNano: NanoUsd | null;
  limitTokens: number | null;
}

/** The limit that a call does not fit below, with what is used of it. */
export interface Exceeded {
  /** That of {@link ScopeLimit}, `run`, or `speed`: what may be spent within a minute. */
  scope: string;
  unit: 'usd' | 'tokens';
  /** In nano-USD or tokens, as are the next three. */
  limit: number;
  spent: number;
  reserved: number;
  asked: number;
  /** For `speed`: when the call fits again, if nothing else is spent; ISO 8601. Null: not by waiting. */
  freeAt: string | null;
  /** It fits without what others hold back: it waits for its turn. */
  isHeld?: true;
}

/** What is spent of a limit, and the limit; null: none of that kind. */
export interface Spent {
  /** Calls of the run wait for their turn, or have (J7). Said of the run alone. */
  hasWaiting?: true;
  /** `run`, `phase/NAME`, `task/ID` or `agent/NAME`. */
  scope: string;
  nano: number;
  tokens: number;
  limitNano: number | null;
  limitTokens: number | null;
}
