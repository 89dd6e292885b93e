/** How often the same thing may happen before an agent counts as going round in circles. */
export const loopLimit = 3;

/** How it is said of an agent that goes round in circles: evaluations count it by that. */
export const circleText = 'the agent goes round in circles';

/**
 * Whether the newest turn says the same as the two before it: the same calls with the same results, or the same answer.
 *
 * @param turns one fingerprint a turn, oldest first
 */
export function isLooping(turns: readonly string[]): boolean {
  if (turns.length < loopLimit) return false;
  const last = turns.slice(-loopLimit);
  return last.every((turn) => turn === last[0]);
}
