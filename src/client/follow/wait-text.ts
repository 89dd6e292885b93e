import type { AnsweredWait } from '../../domain/run/answer-command.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { formatClock, formatDate, formatElapsed } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';

type Waiting = AnsweredWait & Pick<Wait, 'what' | 'since' | 'deadline'> & Partial<Pick<Wait, 'approvedBy' | 'needed'>>;

const waitingFor: Record<Waiting['cause'], string> = {
  approval: 'an approval',
  blocker: 'an answer',
  budget: 'a higher limit',
  provider: 'the provider to accept calls again',
  paused: 'somebody to resume it',
  crew: 'another agent',
};

/** What waits, in one line: `deploy waits for an approval: bash git push (by lead, 1 of 2, until 14:03:07)`. */
export function waitText(one: Waiting): string {
  const who = one.taskId === null ? 'the run' : safeLine(one.taskId);
  const details = [
    one.asks.length > 0 ? `by ${one.asks.map(safeLine).join(' or ')}` : '',
    (one.needed ?? 1) > 1 ? `${one.approvedBy?.length ?? 0} of ${one.needed} so far` : '',
    one.deadline === null ? '' : `until ${deadlineText(one.deadline)}`,
  ].filter(Boolean);
  const what = safeLine(one.what);
  return `${who} waits for ${waitingFor[one.cause]}${what ? `: ${what}` : ''}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

/** How long something has waited: `4 s`, `3:05`. `now` in ms since the epoch. */
export function waitedText({ since }: Pick<Waiting, 'since'>, now: number): string {
  return formatElapsed(now - Date.parse(since));
}

function deadlineText(at: string): string {
  return Date.parse(at) - Date.now() > 12 * 3_600_000 ? formatDate(at) : formatClock(at);
}
