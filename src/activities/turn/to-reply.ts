import { isOpen, joinPieces } from '../../domain/conversation/pieces.ts';
import { idsOf, withFitCalls } from '../../domain/conversation/sent-messages.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import type { ModelAnswer } from '../../models/model.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { messageId } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { FrozenCall } from './freeze-call.ts';

/** The message that an answer becomes. One that goes on from a piece takes its place (pieces.ts, P1). */
export function toReply(run: FrozenRun, call: FrozenCall, answer: ModelAnswer & { isCutOff?: boolean }): StoredMessage {
  const { key, asked, request } = call;
  const last = asked.at(-1)!;
  const before = answerBefore(call);
  const { parent, root, viewFrom, depth } =
    before && isOpen(before) ? before : { ...last, parent: last.id, depth: last.depth + 1 };
  const content = withFitCalls(contentOf(before, answer), idsOf(request.messages));
  return {
    ...{ id: messageId(run.runKey, key, 'assistant'), parent, root, viewFrom, depth, callKey: key },
    role: 'assistant',
    // The next request is made of this copy or, after a restart, of the stored one: they must not differ.
    content: toStorable(content),
  };
}

function contentOf(before: StoredMessage | null, { stopReason, isCutOff, ...answer }: Parameters<typeof toReply>[2]) {
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
