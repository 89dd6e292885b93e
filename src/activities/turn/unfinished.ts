import type { UnfinishedBlock } from '../../domain/conversation/conversation.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { CallModelResult } from '../../contracts/turn.ts';
import type { Turn } from './turn.ts';

/** How many answers in a row may reach their limit, and how many may be empty. */
const most = { limit: 3, empty: 2 };

/** What a model is told after an answer without calls that did not come to its end; results of calls say it themselves. */
export function goOnText({ why, limit }: UnfinishedBlock, { maxTokens }: Agent): string {
  if (why === 'empty')
    return 'Your answer was empty. If your task is done, answer with its result; if it is not, go on.';
  const what = {
    answer: `cut off at its limit of ${maxTokens} tokens`,
    context: 'cut off, as this conversation had become longer than you can take',
    pause: 'paused by your provider',
  }[limit ?? 'answer'];
  return `Your answer was ${what}. Go on exactly where it stopped: repeat nothing, add no introduction, and begin with a space or a line break if that comes next.`;
}

/** Why a model is not asked to go on once more; null: it is, or its answer came to its end. */
export function giveUp(
  { unfinished, toolUses }: Pick<Turn, 'unfinished' | 'toolUses'>,
  { name, model, maxTokens }: Agent,
): CallModelResult['failure'] {
  if (unfinished === null || unfinished.times < most[unfinished.why]) return null;
  if (unfinished.why === 'empty') {
    const message = `the model gave an empty answer, and another one when asked again: look at the prompt of the task, or give the agent ${name} another model`;
    return { type: failureTypes.answerEmpty, message };
  }
  const calls = toolUses.map((use) => use.name).join(', ');
  const where = calls === '' ? '' : `, in the middle of a call of ${calls}`;
  const why = {
    answer: `cut off at their limit of ${maxTokens} tokens${where}: give the agent ${name} a higher max_tokens, or a smaller task`,
    context: `cut off${where}, as the conversation is longer than ${model} takes: give the task less to read, a smaller \`context.max_messages\`, or the agent ${name} another model`,
    pause: `paused by the provider of ${model}${where}: give the agent ${name} another model, or a smaller task`,
  }[unfinished.limit ?? 'answer'];
  const message = `${unfinished.times} answers in a row were ${why}`;
  return { type: failureTypes.answerCut, message };
}
