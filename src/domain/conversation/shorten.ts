/*
 * What goes first when a conversation is longer than its model takes:
 *
 * S1 Results of tools, oldest first, until half of the room is free: they can be had again, and the beginning stays the same for many turns.
 * S2 Where that is not enough, the oldest turns; the first message stays (see pruning.ts), and what stands for the others (see gist.ts).
 * S3 Where that is not enough either, the newest results are cut. What people and models said is never cut.
 */
import type { KeptMessage } from './conversation.ts';
import type { GistRoom } from './gist.ts';
import { gistIn, toGist } from './gist.ts';
import { beginsTurn } from './pruning.ts';
import type { Trim } from './sent-messages.ts';
import { sentOfEach } from './sent-messages.ts';

/** A message of a view, by which a trim is said. */
export type PlacedMessage = KeptMessage & { id: string; depth: number; callKey?: string };

const fullShare = 0.9;
const freeShare = 0.5;
/** A result that is shorter than this says nothing. */
const leastResult = 500;
/** What stands for turns that are left out has at most this part of the room. */
const gistShare = 8;

/**
 * A shorter form of what is sent of a view.
 *
 * @param size characters of everything that is sent with it besides messages, the share of all that the model takes, and the room of what stands for turns that go (null: nothing does)
 * @returns null: there is nothing more to leave out
 */
export function shorten(
  view: readonly PlacedMessage[],
  before: Trim,
  { others, share, gist = null }: { others: number; share: number; gist?: GistRoom | null },
): Trim | null {
  const kept = viewAfter(view, before);
  const sizes = sizesOf(kept, before);
  const room = (others + sum(sizes)) * share;
  const trim = { ...before };
  let size = others + sum(sizes);
  // S1
  for (let at = 0; at < kept.length - 1 && size > room * freeShare; at++) {
    const { depth } = kept[at]!;
    const [short] = sizesOf([kept[at]!], { ...before, results: depth + 1, gist: null });
    if (short! >= sizes[at]!) continue;
    size -= sizes[at]! - short!;
    sizes[at] = short!;
    trim.results = depth + 1;
  }
  // S2
  for (let at = 2, start = 1; at < kept.length && size > room * fullShare; at++) {
    if (!beginsTurn(kept[at]!)) continue;
    size -= sum(sizes.slice(start, at));
    start = at;
    trim.from = kept[at]!.id;
  }
  if (gist && trim.from !== null && trim.from !== before.from) {
    const most = Math.min(gist.most, Math.floor(room / gistShare));
    trim.gist = toGist(leftOut(kept, trim.from), before.gist ?? gistIn(view), { ...gist, most });
    size += sizesOf(kept.slice(0, 1), trim)[0]! - sizes[0]!;
  }
  // S3
  if (size > room * fullShare) {
    const results = kept.at(-1)!.content.filter((block) => block.type === 'tool_result');
    const fixed = size - sum(results.map(({ content }) => Math.min(content.length, before.longest ?? Infinity)));
    const longest = Math.floor((room * fullShare - fixed) / results.length);
    if (!(longest >= leastResult)) return null;
    trim.longest = longest;
  }
  const isSame = trim.results === before.results && trim.from === before.from && trim.longest === before.longest;
  return isSame ? null : trim;
}

/** The messages of a view that are left out when it begins with `from`. */
export function leftOut<Placed extends PlacedMessage>(view: readonly Placed[], from: string): readonly Placed[] {
  return view.slice(
    1,
    view.findIndex(({ id }) => id === from),
  );
}

/** The messages of a view that are sent. */
export function viewAfter<Placed extends PlacedMessage>(
  view: readonly Placed[],
  { from }: Pick<Trim, 'from'>,
): readonly Placed[] {
  const start = from === null ? -1 : view.findIndex(({ id }) => id === from);
  return start < 1 ? view : [view[0]!, ...view.slice(start)];
}

function sizesOf(view: readonly PlacedMessage[], trim: Trim): number[] {
  return sentOfEach(view, trim).map(({ content }) => JSON.stringify(content).length);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
