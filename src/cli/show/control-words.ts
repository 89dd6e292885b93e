import type { ShortLimit } from '../../client/control/short-limits.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { waitText } from '../../client/follow/wait-text.ts';
import { formatElapsed, formatUsd, formatUsdLimit } from '../../domain/format.ts';
import { nameOfScope, type SpentLimit } from '../../domain/money/reached-limit.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { safeLine } from '../../domain/safe-text.ts';

/*
 * What a verb says it has done, and what it has not: a line never says that something goes on while it stands still.
 */

/** What waits on after a verb: what a limit is still too low for, and whom people have to answer. */
export interface StillWaiting {
  runId: string;
  short: readonly ShortLimit[];
  waits: readonly Wait[];
}

/** Limits that nothing more fits into. `waitsThen`: a call that does not fit waits; else it ends the run. */
export interface UsedUp {
  exhausted: readonly SpentLimit[];
  waitsThen: boolean;
}

/** What is there to say of a `resume`. `wasHeld`: something stood still that it lets go on; `isAtWork`: something goes on now. */
export function resumedLines(
  still: StillWaiting,
  { wasHeld, isAtWork, changed, ...usedUp }: UsedUp & { wasHeld: boolean; isAtWork: boolean; changed: string | null },
): string[] {
  const { runId } = still;
  const waits = stillLines(still);
  const rest = [...usedUpLines(usedUp), ...waits];
  if (!wasHeld) return [`${runId}: ${changed}; nothing of it waited for that`, ...rest];
  const isWaiting = waits.length > 0 || (usedUp.waitsThen && usedUp.exhausted.length > 0);
  if (!isAtWork && waits.length > 0) return [`${runId} stands still, as something waits`, ...rest];
  return [`${runId} resumed${isWaiting ? ', but something waits' : ''}`, ...rest];
}

/** What is there to say of changed limits. `startedAt` in ms since the epoch, `now` as well. */
export function limitLines(
  still: StillWaiting,
  { changed, timeout, ...usedUp }: UsedUp & { changed: string; timeout: { limitMs: number; sinceMs: number } | null },
): string[] {
  return [
    `${still.runId}: ${changed}`,
    ...usedUpLines(usedUp),
    ...(timeout && timeout.sinceMs > timeout.limitMs
      ? [`! it began ${formatElapsed(timeout.sinceMs)} ago: it ends at once, unless it waited for most of that time`]
      : []),
    ...stillLines(still),
  ];
}

/** What is there to say of a `pause`. */
export function pausedLine(runId: string, state: 'pausing' | 'paused', isParked: boolean): string {
  if (state === 'paused') return `${runId} paused`;
  const when = isParked
    ? 'calls that were under way end first, once somebody works on it'
    : 'calls in flight still end';
  return `${runId} pausing: ${when}`;
}

function usedUpLines({ exhausted, waitsThen }: UsedUp): string[] {
  const end = waitsThen ? 'its next call waits for a higher one' : 'its next call ends the run as stopped';
  return exhausted.map((one) => `! ${nameOfLimit(one)}: ${amount(one, one.spent)} are spent already, so ${end}`);
}

function stillLines({ runId, short, waits }: StillWaiting): string[] {
  const tooLow = short.flatMap((one) => {
    const command = answerCommand(runId, waitOf(one), []).replace(/AMOUNT|COUNT/, String(one.needed));
    const least = amount(one, one.needed);
    return [
      `? ${safeLine(one.taskId)} still waits for a higher limit: ${nameOfLimit(one)} is ${amount(one, one.limit)}, and takes ${least}`,
      `  ${command}`,
    ];
  });
  return [...tooLow, ...waits.flatMap((one) => [`? ${waitText(one)}`, `  ${answerCommand(runId, one, waits)}`])];
}

function waitOf({ taskId, scope, unit }: ShortLimit) {
  const about = { id: null, cause: 'budget', taskId, what: '', since: '', deadline: null, asks: [] } as const;
  return { ...about, limit: { scope, unit } };
}

function nameOfLimit({ scope }: SpentLimit): string {
  return scope === 'run' ? 'that of the run' : `that of ${safeLine(nameOfScope(scope))}`;
}

function amount({ unit }: Pick<SpentLimit, 'unit'>, value: number): string {
  if (unit === 'tokens') return `${value} tokens`;
  return Math.round(value * 100) / 100 === value ? formatUsdLimit(value) : formatUsd(value);
}
