import { toAttemptId } from '../../domain/ids/journal-key.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { Trim } from '../../domain/conversation/sent-messages.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { ModelChosen } from '../../store/task/model-choices.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import type { ModelRequest } from '../../models/model.ts';
import type { Bill } from '../../calls/bill.ts';

/** Events that come with the question to a model. The first turn of an attempt tells that its task has started. */
export function invokeEvents(
  input: TurnInput,
  key: string,
  message: StoredMessage,
  { model, maxTokens, chosen }: Pick<ModelRequest, 'model' | 'maxTokens'> & { chosen: ModelChosen | null },
): RunEventDraft[] {
  const { taskId, agent: agentName, turn, attempt, epoch } = input;
  const why = turn === 1 && chosen ? { chosen: { complexity: chosen.complexity, reason: chosen.reason } } : {};
  const invoke = {
    key: `invoke/${key}`,
    type: 'agent:invoke',
    taskId,
    agentName,
    model,
    maxTokens,
    turn,
    ...why,
  } as const;
  if (turn > 1) return [invoke];
  const description = preview(textOf(message), 120);
  const start = `start/${toAttemptId(taskId, attempt)}${epoch > 0 ? `/${epoch}` : ''}`;
  return [{ key: start, type: 'task:start', taskId, agentName, description, attempt }, invoke];
}

/** The event that comes with an answer which was asked for without messages that were sent before. */
export function prunedEvents(
  { taskId, agent: agentName, turn, context }: TurnInput,
  key: string,
  trim: Trim | undefined,
): RunEventDraft[] {
  if (!trim?.gist) return [];
  const { messages, by } = trim.gist;
  const told = { taskId, agentName, turn, context, messages, ...(by !== undefined && { model: by }) };
  return [{ key: `pruned/${key}`, type: 'context:pruned', ...told }];
}

/** The event that comes with a model's answer. */
export function answerEvent(
  { taskId, agent: agentName, turn }: TurnInput,
  key: string,
  { bill, preview: text, calls }: { bill: Bill; preview: string; calls: number },
): RunEventDraft {
  const { tokens: tokensUsed, cost, estimated, isUncounted } = bill;
  return {
    key: `answer/${key}`,
    type: 'agent:answer',
    taskId,
    agentName,
    turn,
    tokensUsed,
    costUsd: toUsd(cost),
    preview: text,
    calls,
    ...(estimated && { estimated: [...estimated] }),
    ...(isUncounted && { isUncounted }),
  };
}
