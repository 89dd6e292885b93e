import type { JsonObject } from '../json.ts';
import type { KeptBlock, KeptMessage } from './conversation.ts';
import { textOf } from './conversation.ts';

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

/** A conversation in which answers that came in pieces are one each, with what all of them cost. */
export function joinEntries(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  const joined: TranscriptEntry[] = [];
  for (const entry of entries) {
    if (!entry.message.content.some(({ type }) => type === 'pieces')) {
      joined.push(entry);
      continue;
    }
    // The piece before it, and the words that asked for this one.
    const before = joined.splice(-2).find(({ message }) => message.role === 'assistant');
    joined.push({
      ...entry,
      message: { ...entry.message, content: withWholeText(entry.message) },
      usage: sumOf(before?.usage ?? null, entry.usage),
      costUsd: sumOfCosts(before?.costUsd ?? null, entry.costUsd),
    });
  }
  return joined;
}

function withWholeText(message: KeptMessage): KeptBlock[] {
  const own = message.content.filter(({ type }) => type !== 'text' && type !== 'pieces');
  const calls = own.findIndex(({ type }) => type === 'tool_use' || type === 'unfinished');
  return own.toSpliced(calls < 0 ? own.length : calls, 0, { type: 'text', text: textOf(message) });
}

function sumOf(one: JsonObject | null, other: JsonObject | null): JsonObject | null {
  if (!one || !other) return one ?? other;
  const sums = Object.entries(other).map(([key, value]) => {
    const more = one[key];
    return [key, typeof value === 'number' && typeof more === 'number' ? value + more : value];
  });
  return Object.fromEntries(sums) as JsonObject;
}

function sumOfCosts(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : one + other;
}
