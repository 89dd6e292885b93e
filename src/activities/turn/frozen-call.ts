import type { TurnInput } from '../../contracts/turn.ts';
import type { GistRoom } from '../../domain/conversation/gist.ts';
import type { Trim } from '../../domain/conversation/sent-messages.ts';
import type { ModelPrice } from '../../domain/model-facts.ts';
import type { ModelRequest } from '../../models/model.ts';
import type { Reservation } from '../../store/journal/entry.ts';
import type { View } from '../../store/run/conversation.ts';
import type { ModelAccess } from '../base/dependencies.ts';
import type { KeptAnswer } from './turn.ts';

/** A call that is about to be made: the journal has its intent, and its money is held back. */
export interface FrozenCall {
  input: TurnInput;
  key: string;
  /** Of the attempt that makes it. */
  token: string;
  access: ModelAccess;
  /** Null: nobody said it. */
  price: ModelPrice | null;
  request: ModelRequest;
  /** The conversation that it sends, and how much of it. */
  asked: View;
  trim: Trim;
  /** Room of what stands for what is left out when it is too long all the same; null: nothing does. */
  gist: GistRoom | null;
  /** Nobody's conversation goes on from it; left out: its task's does. */
  isAside?: true;
  reserved: Reservation;
  /** Messages of others stand in it. */
  hasMail: boolean;
  /** More of them wait for the turn after it. */
  hasLater: boolean;
  /** How often it was made, with this time. */
  calls: number;
}

/** A call to make, or what came of it before. */
export type Frozen = { state: 'open'; call: FrozenCall } | { state: 'paid'; answer: KeptAnswer };
