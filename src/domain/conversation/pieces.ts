/*
 * An answer in pieces is one answer:
 *
 * P1 What goes on from an answer whose text was cut, or that had no content, takes its place in the conversation, with all text so far.
 * P2 A call that was cut is no piece: the model is told that it did not run, and answers that.
 * P3 Of what was thought only the last piece's is kept with the whole, as it came: the pieces before were answers of their own.
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

/** Whether an answer to a message goes on from the answer before it (P1, P2). */
export function isOpen(answer: KeptMessage): boolean {
  const unfinished = unfinishedOf(answer);
  return unfinished !== null && unfinished.calls.length === 0;
}

/** The content of an answer, with that of the pieces before; `before`: the task's answer before this one, if there is one. */
export function joinPieces(before: KeptMessage | null, piece: Piece): KeptBlock[] {
  const head = before && isOpen(before) ? textOf(before) : '';
  const content = withText(head, piece.content).filter((block) => block.type !== 'text' || block.text.trim() !== '');
  const unfinished = toUnfinished(before, piece, content);
  if (unfinished?.why === 'empty') return [unfinished];
  return unfinished ? [...content, unfinished] : content;
}

function withText(head: string, content: readonly ContentBlock[]): ContentBlock[] {
  if (head === '') return [...content];
  const first = content.findIndex(({ type }) => type === 'text');
  if (first >= 0)
    return content.map((block, at) =>
      at === first && block.type === 'text' ? { ...block, text: head + block.text } : block,
    );
  const calls = content.findIndex(({ type }) => type === 'tool_use');
  return content.toSpliced(calls < 0 ? content.length : calls, 0, { type: 'text', text: head });
}

function toUnfinished(before: KeptMessage | null, piece: Piece, content: ContentBlock[]): UnfinishedBlock | null {
  const hasCalls = toolUsesOf({ content }).length > 0;
  const calls = [...piece.cutCalls];
  const isEmpty = !hasCalls && calls.length === 0 && textOf({ content }) === '';
  const why = piece.isAtLimit ? 'limit' : 'empty';
  if (piece.isAtLimit ? hasCalls && calls.length === 0 : !isEmpty) return null;
  const last = before && unfinishedOf(before);
  return { type: 'unfinished', why, calls, times: hasCalls ? 0 : (last?.why === why ? last.times : 0) + 1 };
}
