import type { Message } from './conversation.ts';
import type { GistRoom } from './gist.ts';
import { gistIn, toGist } from './gist.ts';
import { trimStart } from './pruning.ts';
import type { Trim } from './sent-messages.ts';
import { toSent, wholeView } from './sent-messages.ts';
import type { PlacedMessage } from './shorten.ts';
import { leftOut, shorten, viewAfter } from './shorten.ts';

/** What a view is held to: messages, and tokens by `estimate`; `others`: characters that are sent besides messages. */
export interface ViewRoom {
  /** Left out: any number. */
  messages?: number;
  most: number;
  others: number;
  estimate: (messages: Message[]) => number;
  /** Of what stands for messages that are left out; null or left out: nothing does. */
  gist?: GistRoom | null;
}

/** Each makes a view shorter than the one before; what is left after so many cannot be made much shorter. */
const mostSteps = 6;

/**
 * What is sent of a view that may have so many messages and tokens: all of it where it fits, else about half of that (see pruning.ts and
 * shorten.ts), so that it stays the same for many turns. Where there is nothing more to leave out it may still be too long: whether it is, its
 * provider says.
 */
export function pruneView(view: readonly PlacedMessage[], room: ViewRoom): { messages: Message[]; trim: Trim } {
  const { most, others, estimate, gist = null } = room;
  const trim = trimByCount(view, room);
  let made = { messages: toSent(viewAfter(view, trim), trim), trim };
  for (let step = 0; step < mostSteps; step++) {
    const tokens = estimate(made.messages);
    if (tokens <= most) break;
    const shorter = shorten(view, made.trim, { others, share: most / tokens, gist });
    if (!shorter) break;
    made = { messages: toSent(viewAfter(view, shorter), shorter), trim: shorter };
  }
  return made;
}

function trimByCount(view: readonly PlacedMessage[], { messages = Infinity, gist }: ViewRoom): Trim {
  const rest = view.slice(1);
  const start = trimStart(rest, messages);
  if (start === 0) return wholeView;
  const from = rest[start]!.id;
  return { ...wholeView, from, gist: gist ? toGist(leftOut(view, from), gistIn(view), gist) : null };
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
