import { longestDurationMs } from '../duration.ts';

/** What a limit that is given may be. Money in USD, times in ms. */
interface Bound {
  most: number;
  /** Whether it counts something; the least is 1 then, else anything above 0. */
  isWhole: boolean;
}

/** Name of a limit that can be given. */
export type LimitName = 'usd' | 'usdPerMinute' | 'tokens' | 'maxParallel' | 'timeoutMs';

/** Most of each limit, wherever it is given: in a workflow file, on a command line, or to a run that lives. */
export const limitBounds = {
  usd: { most: 100_000, isWhole: false },
  usdPerMinute: { most: 100_000, isWhole: false },
  // What a column of the store and a number of JavaScript both hold.
  tokens: { most: Number.MAX_SAFE_INTEGER, isWhole: true },
  maxParallel: { most: 1000, isWhole: true },
  timeoutMs: { most: longestDurationMs, isWhole: true },
} as const satisfies Record<LimitName, Bound>;

/** Names of all limits that can be given. */
export const limitNames = Object.keys(limitBounds) as LimitName[];

/** What a value has to be to be that limit, in words that follow "must be" or "give"; null: it is. */
export function limitProblem(name: LimitName, value: unknown): string | null {
  const { most, isWhole }: Bound = limitBounds[name];
  if (typeof value !== 'number' || !(isWhole ? Number.isInteger(value) && value >= 1 : value > 0)) {
    return `a ${isWhole ? 'whole ' : ''}number above 0`;
  }
  return value <= most ? null : `at most ${most}`;
}
