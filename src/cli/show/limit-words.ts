import type { LimitChange } from '../../client/run.ts';
import { formatLimit, formatUsdLimit, plural } from '../../domain/format.ts';
import { nameOfScope } from '../../domain/money/reached-limit.ts';
import type { LimitName } from '../../domain/plan/limit-bounds.ts';
import type { ChangedLimits } from '../../domain/run/changed-limits.ts';
import { legacyChangedLimits } from '../../domain/run/legacy-words.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import { safeLine } from '../../domain/safe-text.ts';

const words: Record<LimitName, (value: number) => string> = {
  usd: formatUsdLimit,
  usdPerMinute: (value) => `${formatUsdLimit(value)} a minute`,
  tokens: (value) => `${value} tokens`,
  maxParallel: (value) => `${plural(value, 'task')} at once`,
  timeoutMs: formatLimit,
};

/** Changed limits as they were asked for, for people: `$2`, or of a part of the run `task build: $2`. */
export function changedWords({ task, phase, agent, ...limits }: LimitChange): string {
  const [part] = Object.entries({ task, phase, agent }).filter(([, name]) => name !== undefined);
  return limitWords({ scope: part ? part.join('/') : null, limits });
}

/** Changed limits as an event tells them, for people: `$2, 1 min`. */
export function toldWords({
  detail,
  changed,
}: Pick<Extract<RunEvent, { type: 'run:limits' }>, 'detail' | 'changed'>): string {
  const known = changed ?? legacyChangedLimits(detail);
  return known ? limitWords(known) : safeLine(detail);
}

function limitWords({ scope, limits }: ChangedLimits): string {
  // A story comes from a database: a limit of a later version is told by its name.
  const amounts = Object.entries(limits).map(([name, value]) =>
    Object.hasOwn(words, name) ? words[name as LimitName](value) : `${safeLine(name)} ${value}`,
  );
  return `${scope === null ? '' : `${safeLine(nameOfScope(scope))}: `}${amounts.join(', ')}`;
}
