import { shellWord } from '../shell-word.ts';
import type { Wait } from './waits.ts';

/** What of a wait says how it is answered. */
export type AnsweredWait = Pick<Wait, 'id' | 'cause' | 'taskId' | 'limit' | 'asks' | 'edits'>;

/**
 * The command that answers what waits: `gaffer approve RUN`, with its id only where others of its kind wait too.
 *
 * @param others what else waits in the same run
 */
export function answerCommand(runId: string, one: AnsweredWait, others: readonly AnsweredWait[]): string {
  const run = shellWord(runId);
  if (one.cause === 'budget') return higherLimit(run, one);
  if (one.cause === 'provider' || one.cause === 'paused' || one.id === null) return `gaffer resume ${run}`;
  const kin = others.filter((other) => other.cause === one.cause && other.id !== null);
  const ofTask = kin.filter(({ taskId }) => taskId === one.taskId);
  const name = ofTask.length <= 1 && one.taskId !== null ? one.taskId : one.id;
  const id = kin.length <= 1 ? '' : ` ${shellWord(name)}`;
  const role = one.asks.length > 0 ? ` --as ${shellWord(one.asks[0]!)}` : '';
  const seen = one.edits ? ` --seen ${one.edits}` : '';
  return one.cause === 'approval' ? `gaffer approve ${run}${id}${role}${seen}` : `gaffer answer ${run}${id} TEXT`;
}

function higherLimit(run: string, { limit }: AnsweredWait): string {
  const { scope, unit } = limit ?? { scope: 'run', unit: 'usd' };
  if (scope === 'speed') return `gaffer limits ${run} --usd-per-minute AMOUNT`;
  const [part, ...name] = scope.split('/');
  const whose = scope === 'run' ? '' : ` --${part} ${shellWord(name.join('/'))}`;
  return `gaffer resume ${run}${whose} ${unit === 'tokens' ? '--tokens COUNT' : '--usd AMOUNT'}`;
}
