/*
 * What earlier versions kept in words alone. Events, results and carried runs of theirs lack the fields, and are still read;
 * nothing else reads a sentence of ours, and nothing that is written today needs this file.
 */
import type { LimitKey } from '../money/reached-limit.ts';
import { limitNames, type LimitName } from '../plan/limit-bounds.ts';
import type { ChangedLimits } from './changed-limits.ts';
import type { RunEnd, RunStop } from './run-result.ts';

/** Which limit was in the way, from `… raise limits.usd of task build to go on`; undefined: it does not say. */
export function legacyLimit(words: string): LimitKey | undefined {
  const [, limit, part, name] =
    /raise limits\.(\w+)(?: of (task|phase|agent) (.+))? to go on$/.exec(words.trim()) ?? [];
  if (limit === 'usd_per_minute') return { scope: 'speed', unit: 'usd' };
  if (limit !== 'usd' && limit !== 'tokens') return undefined;
  return { scope: part === undefined ? 'run' : `${part}/${name}`, unit: limit };
}

/** Which limits were changed, from `usd 2, timeoutMs 60000` or `task build: usd 2`; null: it does not say. */
export function legacyChangedLimits(words: string): ChangedLimits | null {
  const [, part, name, amounts] = /^(?:(task|phase|agent) (.+): )?(\w+ [\d.]+(?:, \w+ [\d.]+)*)$/.exec(words) ?? [];
  if (amounts === undefined) return null;
  const entries = amounts.split(', ').map((amount): [string, number] => {
    const [limit, value] = amount.split(' ');
    return [limit!, Number(value)];
  });
  if (!entries.every(([limit, value]) => isLimitName(limit) && Number.isFinite(value))) return null;
  return { scope: part === undefined ? null : `${part}/${name}`, limits: Object.fromEntries(entries) };
}

/** What ended a run from outside of its tasks, from the reason of its result. */
export function legacyStop({ status, reason }: { status: RunEnd; reason: string | null }): RunStop {
  if (status === 'succeeded' || status === 'partial') return null;
  const own = (reason ?? '').replace(/(^|; )rolled back: \d+ of \d+ undone.*$/su, '');
  // The tasks say why, as they stand then.
  const isOfTasks = own === '' || own === 'undone' || /^\d+ of \d+ tasks did not succeed;/.test(own);
  return status === 'failed' && isOfTasks ? null : { kind: status, reason: own };
}

/** What was asked about before somebody changed it, from `bash git push, changed by ann`. */
export function legacyAsked(words: string): string {
  return words.replace(/, changed by [^,]*$/, '');
}

function isLimitName(name: string): name is LimitName {
  return limitNames.some((known) => known === name);
}
