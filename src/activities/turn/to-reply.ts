import type { ContentBlock, KeptBlock } from '../../domain/conversation/conversation.ts';
import { joinPieces } from '../../domain/conversation/pieces.ts';
import { idsOf, wholeView, withFitCalls } from '../../domain/conversation/sent-messages.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { messageId } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { StopReason } from '../../models/model.ts';
import type { FittingAnswer } from './fit-request.ts';
import type { FrozenCall } from './frozen-call.ts';

type Answer = FittingAnswer & { isCutOff?: boolean };

/** What ends an answer before it is whole. */
const limits: { readonly [Reason in StopReason]?: 'answer' | 'context' | 'pause' } = {
  max_tokens: 'answer',
  model_context_window_exceeded: 'context',
  pause_turn: 'pause',
};

/** The message that an answer becomes. */
export function toReply(run: FrozenRun, call: FrozenCall, answer: Answer): StoredMessage {
  const { key, asked, request } = call;
  const last = asked.at(-1)!;
  const content = withFitCalls(contentOf(call, answer), idsOf(request.messages));
  const { results, from, gist } = answer.trim ?? wholeView;
  const trimmed: KeptBlock[] =
    results > 0 || from !== null
      ? [{ type: 'trimmed', results, ...(from !== null && { from }), ...(gist && { gist }) }]
      : [];
  return {
    id: messageId(run.runKey, key, 'assistant'),
    parent: last.id,
    root: last.root,
    viewFrom: from ?? last.viewFrom,
    depth: last.depth + 1,
    callKey: key,
    role: 'assistant',
    // The next request is made of this copy or, after a restart, of the stored one: they must not differ.
    content: toStorable([...trimmed, ...content]),
  };
}

function contentOf({ asked, input }: FrozenCall, { stopReason, isCutOff, ...answer }: Answer): KeptBlock[] {
  // Neither is asked for again.
  if (stopReason === 'refusal' || isCutOff) return answer.content;
  const limit = limits[stopReason];
  // Another task, or another attempt, that goes on in the conversation answers something of its own.
  const earlier = asked.filter(({ role, callKey }) => {
    if (role === 'user') return false;
    const step = parseModelKey(callKey);
    return step.taskId === input.taskId && step.attempt === input.attempt && step.epoch === input.epoch;
  });
  return joinPieces(earlier, {
    content: answer.content.filter(isUnaltered),
    isAtLimit: limit !== undefined,
    // One that had less room than its agent gives it was cut for want of room.
    ...(answer.isNarrow ? { limit: 'context' } : limit && limit !== 'answer' && { limit }),
  });
}

// What was thought is signed, and what is in an unknown block may be: where the store cannot hold it to the letter, no provider would take it back.
function isUnaltered(block: ContentBlock): boolean {
  if (block.type === 'foreign') return JSON.stringify(toStorable(block)) === JSON.stringify(block);
  return block.type !== 'thinking' || toStorable(block).thinking === block.thinking;
}
