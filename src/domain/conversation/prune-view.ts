import type { Message } from './conversation.ts';
import type { Trim } from './sent-messages.ts';
import { toSent, wholeView } from './sent-messages.ts';
import type { PlacedMessage } from './shorten.ts';
import { shorten, viewAfter } from './shorten.ts';

/** What a view is held to, in tokens by `estimate`; `others`: characters that are sent besides messages. */
export interface ViewRoom {
  most: number;
  others: number;
  estimate: (messages: Message[]) => number;
}

/** Each makes a view shorter than the one before; what is left after so many cannot be made much shorter. */
const mostSteps = 6;

/**
 * What is sent of a view that may have so many tokens: all of it where it fits, else about half of that (see shorten.ts), so that it stays
 * the same for many turns. Where there is nothing more to leave out it may still be too long: whether it is, its provider says.
 */
export function pruneView(
  view: readonly PlacedMessage[],
  { most, others, estimate }: ViewRoom,
): { messages: Message[]; trim: Trim } {
  let made = { messages: toSent(view), trim: wholeView };
  for (let step = 0; step < mostSteps; step++) {
    const tokens = estimate(made.messages);
    if (tokens <= most) break;
    const trim = shorten(view, made.trim, { others, share: most / tokens });
    if (!trim) break;
    made = { messages: toSent(viewAfter(view, trim), trim), trim };
  }
  return made;
}

/** Tokens that a view may have: what the plan says, and no more than its model takes beside its answer; Infinity: neither says. */
export function roomOf(
  pruneAtTokens: number | undefined,
  { window, maxTokens }: { window: number | null; maxTokens: number },
): number {
  if (pruneAtTokens === undefined) return Infinity;
  return window === null
    ? pruneAtTokens
    : Math.min(pruneAtTokens, Math.max(window - maxTokens, Math.floor(window / 4)));
}
