/*
 * An answer in pieces is one answer:
 *
 * P1 What goes on from an answer whose text was cut has the text of all pieces with it: that is its text, wherever one is asked for.
 * P2 An answer with a call that was cut is no piece: the call has its result, which says that it did not run, and the model answers that.
 * P3 The model is sent the pieces as they came, each after the words that asked for it.
 */
import type { ContentBlock, KeptBlock, KeptMessage, UnfinishedBlock } from './conversation.ts';
import { textOf, toolUsesOf, unfinishedOf } from './conversation.ts';

/** What an answer brought, and how it ended: `limit`: of tokens. */
export interface Piece {
  content: readonly ContentBlock[];
  isAtLimit: boolean;
  /** Which limit; left out: that of an answer's tokens. */
  limit?: UnfinishedBlock['limit'];
}

/** What is kept of an answer; `earlier`: the answers before it of the same attempt, oldest first. */
export function joinPieces(earlier: readonly KeptMessage[], piece: Piece): KeptBlock[] {
  const before = earlier.at(-1);
  const head = before && isOpen(before) ? textOf(before) : '';
  const own = textOf({ content: [...piece.content] });
  const isBlank = isNothing(own);
  const text = isBlank && head !== '' ? head + own : head;
  const content: KeptBlock[] = piece.content.filter((block) => block.type !== 'text' || !isNothing(block.text));
  if (text !== '') content.unshift({ type: 'pieces', text });
  const unfinished = toUnfinished(earlier, piece, content);
  if (unfinished?.why === 'empty') return [unfinished];
  return unfinished ? [...content, unfinished] : content;
}

// Spaces, and characters that nobody sees.
function isNothing(text: string): boolean {
  return !/[^\s\p{Cc}\p{Cf}]/u.test(text);
}

/** Whether an answer goes on in the next one (P1, P2). */
function isOpen(answer: KeptMessage): boolean {
  return unfinishedOf(answer) !== null && toolUsesOf(answer).length === 0;
}

function toUnfinished(
  earlier: readonly KeptMessage[],
  { isAtLimit, limit }: Piece,
  content: KeptBlock[],
): UnfinishedBlock | null {
  const calls = toolUsesOf({ content });
  if (!isAtLimit) {
    if (calls.length > 0 || textOf({ content }) !== '') return null;
    const times = earlier.filter((answer) => unfinishedOf(answer)?.why === 'empty').length + 1;
    return { type: 'unfinished', why: 'empty', times };
  }
  const canRun = calls.filter(({ problem }) => problem === undefined).length;
  if (canRun > 0 && canRun === calls.length) return null;
  const last = earlier.at(-1) && unfinishedOf(earlier.at(-1)!);
  const times = canRun > 0 ? 0 : (last?.why === 'limit' ? last.times : 0) + 1;
  return { type: 'unfinished', why: 'limit', ...(limit && { limit }), times };
}
