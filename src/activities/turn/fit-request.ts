import { shorten, viewAfter } from '../../domain/conversation/shorten.ts';
import type { Trim } from '../../domain/conversation/sent-messages.ts';
import { toSent, wholeView } from '../../domain/conversation/sent-messages.ts';
import type { ToldUsage } from '../../domain/money/usage.ts';
import { addUsage, noUsage, totalTokens } from '../../domain/money/usage.ts';
import type { ModelAnswer, ModelClient, ModelRequest } from '../../models/model.ts';
import { charactersOf } from '../../models/estimate.ts';
import { ModelError } from '../../models/model.ts';
import type { FrozenCall } from './frozen-call.ts';

/** How often a call is made shorter before it counts as refused. */
const mostTries = 4;
/** An answer with less room than this is not worth asking for while there is something to leave out. */
const leastAnswer = 4096;

/** An answer, and how much of the conversation it was asked for with; left out: all. `isNarrow`: it had less room than its agent gives it. */
export type FittingAnswer = ModelAnswer & { trim?: Trim; isNarrow?: true };

interface Made {
  request: ModelRequest;
  trim: Trim;
}

/**
 * Makes a call that a provider may find too long: then with a shorter answer, or with less of the conversation.
 *
 * A refusal costs nothing, but for what it was counted before it came. What was left out is kept with the answer, so the next turn begins with it.
 *
 * @throws ModelError as `complete` does; `too-long` when there is nothing more to leave out
 */
export async function completeFitting(
  call: FrozenCall,
  options: Parameters<ModelClient['complete']>[1],
): Promise<FittingAnswer> {
  let made: Made = { request: call.request, trim: call.trim };
  let before: ToldUsage = noUsage;
  for (let tries = 0; ; tries++) {
    let told: ToldUsage = noUsage;
    const onUsage = (usage: ToldUsage): void => {
      told = addTold(before, usage);
      options.onUsage?.(told);
    };
    try {
      const answer = await call.access.client.complete(made.request, { ...options, onUsage });
      return toFitting(call, made, { ...answer, usage: addTold(before, answer.usage) });
    } catch (error) {
      const isTooLong = error instanceof ModelError && error.kind === 'too-long';
      const shorter: Made | null = isTooLong && tries < mostTries ? makeShorter(call, made, error) : null;
      if (!shorter) throw error;
      if (totalTokens(told) > 0) before = told;
      // Another request, so under another key: a provider may keep what it said to the first.
      const callKey = `${call.request.callKey}/shorter-${tries + 1}`;
      made = { ...shorter, request: { ...shorter.request, callKey } };
    }
  }
}

function addTold(before: ToldUsage, { unknown, searches = 0, ...usage }: ToldUsage): ToldUsage {
  const searched = (before.searches ?? 0) + searches;
  return { ...addUsage(before, usage), ...(searched > 0 && { searches: searched }), ...(unknown && { unknown }) };
}

// Where question and answer together were too long, the next turn is asked for with less.
function toFitting(call: FrozenCall, made: Made, answer: ModelAnswer): FittingAnswer {
  const isFull = answer.stopReason === 'model_context_window_exceeded';
  const trim = (isFull && shorter(call, made, 0.8)) || made.trim;
  const isNarrow = made.request.maxTokens < call.request.maxTokens;
  return { ...answer, ...(trim !== wholeView && { trim }), ...(isNarrow && { isNarrow }) };
}

function makeShorter(call: FrozenCall, made: Made, { tooLong }: ModelError): Made | null {
  const { request, trim } = made;
  const { maxTokens } = request;
  const room = tooLong ? tooLong.most - tooLong.input : 0;
  if (room >= Math.min(maxTokens, leastAnswer) && room < maxTokens)
    return { request: { ...request, maxTokens: room }, trim };
  // Without its word: less, and less again.
  const share = tooLong ? (tooLong.most - Math.min(maxTokens, tooLong.most / 4)) / tooLong.input : 0.8;
  const next = shorter(call, made, Math.min(share, 0.95));
  return next && { request: { ...request, messages: toSent(viewAfter(call.asked, next), next) }, trim: next };
}

function shorter({ asked, gist }: FrozenCall, { request, trim }: Made, share: number): Trim | null {
  return shorten(asked, trim, { others: charactersOf(request), share, gist });
}
