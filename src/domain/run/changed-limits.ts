import type { LimitName } from '../plan/limit-bounds.ts';

/** Limits of a run, or of a part of it, as somebody changed them. Money in USD, times in ms. */
export interface ChangedLimits {
  /** `phase/NAME`, `task/ID` or `agent/NAME`; null: the run. */
  scope: string | null;
  limits: Readonly<Partial<Record<LimitName, number>>>;
}

/** Changed limits as an event keeps them for whoever reads stories without our words: `task build: usd 2`. */
export function changedText({ scope, limits }: ChangedLimits): string {
  const amounts = Object.entries(limits).map(([name, value]) => `${name} ${value}`);
  return `${scope === null ? '' : `${scope.replace('/', ' ')}: `}${amounts.join(', ')}`;
}
