import type { UnfinishedBlock } from '../../domain/conversation/conversation.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { CallModelResult } from '../../contracts/turn.ts';

/** How many answers in a row may reach their limit, and how many may be empty. */
const most = { limit: 3, empty: 2 };

/** What a model is told after an answer that did not come to its end; null: the results of its calls say it. */
export function goOnText({ why, calls }: UnfinishedBlock, { maxTokens }: Agent): string | null {
  if (calls.length > 0) return null;
  if (why === 'empty')
    return 'Your answer was empty. If your task is done, answer with its result; if it is not, go on.';
  return `Your answer was cut off at its limit of ${maxTokens} tokens. Go on exactly where it stopped: repeat nothing, add no introduction, and begin with a space or a line break if that comes next.`;
}

/** The result of a call that the limit of its answer cut. */
export function cutCallText(name: string): string {
  return `Did not run: your answer reached its limit of tokens in the middle of this call of ${name}, and nothing of it has happened. Make the call again, in smaller parts if it is long.`;
}

/** Why a model is not asked to go on once more; null: it is. */
export function giveUp({ why, times, calls }: UnfinishedBlock, { name, maxTokens }: Agent): CallModelResult['failure'] {
  if (times < most[why]) return null;
  if (why === 'empty') {
    const message = `the model gave an empty answer, and another one when asked again: look at the prompt of the task, or give the agent ${name} another model`;
    return { type: failureTypes.answerEmpty, message };
  }
  const where = calls.length > 0 ? `, in the middle of a call of ${calls.map((call) => call.name).join(', ')}` : '';
  const message = `${times} answers in a row were cut off at their limit of ${maxTokens} tokens${where}: give the agent ${name} a higher max_tokens, or a smaller task`;
  return { type: failureTypes.answerCut, message };
}
