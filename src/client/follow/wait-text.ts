import type { Wait } from '../../domain/run/waits.ts';
import { formatClock, formatDate, formatElapsed } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { shellWord } from '../../domain/shell-word.ts';

type Waiting = Pick<Wait, 'id' | 'cause' | 'taskId' | 'what' | 'limit' | 'since' | 'deadline' | 'asks'> &
  Partial<Pick<Wait, 'approvedBy' | 'needed'>>;

/**
 * The command that answers what waits: `gaffer approve RUN`, with its id only where others of its kind wait too.
 *
 * @param others what else waits in the same run
 */
export function answerCommand(runId: string, one: Waiting, others: readonly Waiting[]): string {
  const run = shellWord(runId);
  if (one.cause === 'budget') return higherLimit(run, one);
  if (one.cause === 'provider' || one.cause === 'paused' || one.id === null) return `gaffer resume ${run}`;
  const kin = others.filter((other) => other.cause === one.cause && other.id !== null);
  const ofTask = kin.filter(({ taskId }) => taskId === one.taskId);
  const name = ofTask.length <= 1 && one.taskId !== null ? one.taskId : one.id;
  const id = kin.length <= 1 ? '' : ` ${shellWord(name)}`;
  const role = one.asks.length > 0 ? ` --as ${shellWord(one.asks[0]!)}` : '';
  return one.cause === 'approval' ? `gaffer approve ${run}${id}${role}` : `gaffer answer ${run}${id} TEXT`;
}

function higherLimit(run: string, { limit }: Waiting): string {
  const { scope, unit } = limit ?? { scope: 'run', unit: 'usd' };
  if (scope === 'speed') return `gaffer limits ${run} --usd-per-minute AMOUNT`;
  const [part, ...name] = scope.split('/');
  const whose = scope === 'run' ? '' : ` --${part} ${shellWord(name.join('/'))}`;
  return `gaffer resume ${run}${whose} ${unit === 'tokens' ? '--tokens COUNT' : '--usd AMOUNT'}`;
}

const waitingFor: Record<Waiting['cause'], string> = {
  approval: 'an approval',
  blocker: 'an answer',
  budget: 'a higher limit',
  provider: 'the provider to accept calls again',
  paused: 'somebody to resume it',
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
