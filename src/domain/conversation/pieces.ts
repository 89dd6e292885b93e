/*
 * An answer in pieces is one answer:
 *
 * P1 What goes on from an answer whose text was cut has the text of all pieces with it: that is its text, wherever one is asked for.
 * P2 A call that was cut is no piece: the model is told that it did not run, and answers that.
 * P3 The model is sent the pieces as they came, each after the words that asked for it.
 */
import type { ContentBlock, KeptBlock, KeptMessage, UnfinishedBlock } from './conversation.ts';
import { textOf, toolUsesOf, unfinishedOf } from './conversation.ts';
import type { CallNames } from './fit-calls.ts';

/** What an answer brought, and how it ended: `limit`: of tokens. */
export interface Piece {
  content: readonly ContentBlock[];
  isAtLimit: boolean;
  cutCalls: readonly CallNames[];
}

/** What is kept of an answer; `earlier`: the answers before it of the same attempt, oldest first. */
export function joinPieces(earlier: readonly KeptMessage[], piece: Piece): KeptBlock[] {
  const before = earlier.at(-1);
  const head = before && isOpen(before) ? textOf(before) : '';
  const own = textOf({ content: [...piece.content] });
  const isBlank = own.trim() === '';
  const text = isBlank && head !== '' ? head + own : head;
  const content: KeptBlock[] = piece.content.filter((block) => block.type !== 'text' || block.text.trim() !== '');
  if (text !== '') content.unshift({ type: 'pieces', text });
  const unfinished = toUnfinished(earlier, piece, content);
  if (unfinished?.why === 'empty') return [unfinished];
  return unfinished ? [...content, unfinished] : content;
}

/** Whether an answer goes on in the next one (P1, P2). */
function isOpen(answer: KeptMessage): boolean {
  const unfinished = unfinishedOf(answer);
  return unfinished !== null && unfinished.calls.length === 0;
}

function toUnfinished(earlier: readonly KeptMessage[], piece: Piece, content: KeptBlock[]): UnfinishedBlock | null {
  const hasCalls = toolUsesOf({ content }).length > 0;
  const calls = [...piece.cutCalls];
  if (!piece.isAtLimit) {
    if (hasCalls || textOf({ content }) !== '') return null;
    const times = earlier.filter((answer) => unfinishedOf(answer)?.why === 'empty').length + 1;
    return { type: 'unfinished', why: 'empty', times, calls };
  }
  if (hasCalls && calls.length === 0) return null;
  const last = earlier.at(-1) && unfinishedOf(earlier.at(-1)!);
  const times = hasCalls ? 0 : (last?.why === 'limit' ? last.times : 0) + 1;
  return { type: 'unfinished', why: 'limit', times, calls };
}
