import type { TurnInput } from '../../contracts/turn.ts';
import { hasUrgentMail } from '../../store/messages/inbox.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** What an agent is told whose answer would have ended its task. */
export const owedTurnText =
  'Your task has not ended yet, as more came to you: it stands below. Deal with it, and then end with the whole result of your task once more, as what you say last is its result.';

/**
 * Whether an agent that ends its task takes another turn before: there are messages to it that it was told of and has not seen, or a question,
 * an answer or work handed over came while it was asked. Whoever waits with `ask` asks somebody else.
 */
export async function isOwedTurn(
  { sql }: WorkerStore,
  run: FrozenRun,
  { context, turn }: Pick<TurnInput, 'context' | 'turn'>,
  { hasLater, lastTurn }: { hasLater: boolean; lastTurn: number },
): Promise<boolean> {
  if (turn >= lastTurn) return false;
  return hasLater || (Boolean(run.plan.communication) && (await hasUrgentMail(sql, run.no, context)));
}
