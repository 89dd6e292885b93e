import { addUsd } from '../money/money.ts';
import type { EventOf } from './run-events.ts';

/** What calls have cost so far. */
interface Billed {
  tokens: number;
  costUsd: number;
  /** Calls whose cost the provider did not tell whole. */
  estimatedCalls: number;
  /** Calls of models whose price nobody knows: not in `costUsd`. */
  uncountedCalls: number;
}

/** The same with the bill of one more call. */
export function withBill<State extends Billed>(
  state: State,
  { tokensUsed, costUsd, estimated, isUncounted }: EventOf<'agent:answer' | 'agent:broken'>,
): State {
  return {
    ...state,
    tokens: state.tokens + tokensUsed,
    costUsd: addUsd(state.costUsd, costUsd),
    estimatedCalls: state.estimatedCalls + (estimated ? 1 : 0),
    uncountedCalls: state.uncountedCalls + (isUncounted ? 1 : 0),
  };
}
