import type { JsonObject } from '../json.ts';
import type { KeptMessage } from './conversation.ts';

/** One message of a conversation, with where it stands. */
export interface TranscriptEntry {
  id: string;
  taskId: string;
  turn: number;
  /** ISO 8601. */
  at: string;
  message: KeptMessage;
  usage: JsonObject | null;
  costUsd: number | null;
}
