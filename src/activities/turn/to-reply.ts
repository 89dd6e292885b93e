import type { TrimmedBlock } from '../../domain/conversation/conversation.ts';
import { isOpen, joinPieces } from '../../domain/conversation/pieces.ts';
import { idsOf, trimmedBefore, withFitCalls } from '../../domain/conversation/sent-messages.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { messageId } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { FittingAnswer } from './fit-request.ts';
import type { FrozenCall } from './freeze-call.ts';

type Answer = FittingAnswer & { isCutOff?: boolean };

/** The message that an answer becomes. One that goes on from a piece takes its place (pieces.ts, P1). */
export function toReply(run: FrozenRun, call: FrozenCall, answer: Answer): StoredMessage {
  const { key, asked, request } = call;
  const last = asked.at(-1)!;
  const before = answerBefore(call);
  const piece = before && isOpen(before) ? before : null;
  const place = piece ?? { ...last, parent: last.id, depth: last.depth + 1 };
  const content = withFitCalls(contentOf(before, answer), idsOf(request.messages));
  return {
    id: messageId(run.runKey, key, 'assistant'),
    parent: place.parent,
    root: place.root,
    viewFrom: answer.trim?.from ?? place.viewFrom,
    depth: place.depth,
    callKey: key,
    role: 'assistant',
    // The next request is made of this copy or, after a restart, of the stored one: they must not differ.
    content: toStorable([...trimmedBlocks(piece, answer), ...content]),
  };
}

function trimmedBlocks(piece: StoredMessage | null, { trim }: Answer): TrimmedBlock[] {
  const results = Math.max(trim?.results ?? 0, piece ? trimmedBefore([piece]) : 0);
  return results > 0 ? [{ type: 'trimmed', results }] : [];
}

function contentOf(before: StoredMessage | null, { stopReason, isCutOff, ...answer }: Answer) {
  // Neither is asked for again.
  if (stopReason === 'refusal' || isCutOff) return answer.content;
  const isAtLimit = stopReason === 'max_tokens' || stopReason === 'pause_turn';
  return joinPieces(before, { content: answer.content, isAtLimit, cutCalls: answer.cutCalls ?? [] });
}

// Another task, or another attempt, that goes on in the conversation answers something of its own.
function answerBefore({ asked, input }: FrozenCall): StoredMessage | null {
  const before = asked.at(-2);
  if (before?.role !== 'assistant') return null;
  const { taskId, attempt, epoch } = parseModelKey(before.callKey);
  return taskId === input.taskId && attempt === input.attempt && epoch === input.epoch ? before : null;
}
