import type { Run } from '../../client/run.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Prompt } from '../show/prompt-line.ts';
import { readLimits, type LimitOptions } from '../options/limit-options.ts';

/** What can be typed as an answer; null: this is answered elsewhere. */
export function answerKindOf({ cause, id }: Wait): 'decision' | 'text' | 'amount' | 'resume' | null {
  if (cause === 'approval') return id === null ? null : 'decision';
  if (cause === 'blocker') return id === null ? null : 'text';
  return cause === 'budget' ? 'amount' : 'resume';
}

/** What stands before the typed line, and shorter for where that has no room. */
export function promptOf(one: Wait): Pick<Prompt, 'whole' | 'short'> {
  const [role] = one.asks;
  const as = role === undefined ? '' : ` as ${safeLine(role)}`;
  switch (answerKindOf(one)) {
    case 'decision':
      return { whole: `y [comment] approves${as}, n [comment] rejects, Enter leaves it`, short: 'y/n [comment]' };
    case 'text':
      return { whole: 'your answer (Enter leaves it)', short: 'answer' };
    case 'amount': {
      const unit = one.limit?.unit === 'tokens' ? 'tokens' : 'USD';
      return { whole: `new limit in ${unit} (Enter leaves it)`, short: `new limit in ${unit}` };
    }
    default:
      return { whole: 'r resumes, Enter leaves it', short: 'r resumes' };
  }
}

/** What came of an answer. `isDone`: the question is not put again. */
export interface Given {
  isDone: boolean;
  /** One line for whoever typed it; empty: the run's story says it. */
  words: string;
}

/** Gives the answer that somebody typed to what waits. @throws RefusedError, UsageError, NoAnswerError */
export async function giveAnswer(run: Run, one: Wait, { text, by }: { text: string; by: string }): Promise<Given> {
  if (text === '')
    return { isDone: true, words: `Left waiting. \`gaffer approvals ${run.id}\` says how it is answered later.` };
  switch (answerKindOf(one)) {
    case 'decision':
      return decide(run, one, { text, by });
    case 'text':
      await run.answer({ id: one.id!, text, by });
      return { isDone: true, words: '' };
    case 'amount':
      return raise(run, one, { text, by });
    default:
      if (!/^r(esume)?$/i.test(text)) return { isDone: false, words: 'Type r to resume.' };
      await run.resume({ by });
      return { isDone: true, words: '' };
  }
}

async function decide(run: Run, one: Wait, { text, by }: { text: string; by: string }): Promise<Given> {
  const [, word = '', comment = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const decision = /^y(es)?$/i.test(word) ? 'approve' : /^no?$/i.test(word) ? 'reject' : null;
  if (decision === null) return { isDone: false, words: 'Type y or n, with a comment behind it if you like.' };
  const [role] = one.asks;
  const { decided, missing } = await run[decision]({
    ...{ id: one.id!, by },
    ...(role !== undefined && { role }),
    ...(comment !== '' && { comment }),
    ...(decision === 'approve' && { seen: one.edits ?? 0 }),
  });
  return { isDone: true, words: decided ? '' : `${missing} more needed.` };
}

async function raise(run: Run, { limit }: Wait, { text, by }: { text: string; by: string }): Promise<Given> {
  const { scope, unit } = limit ?? { scope: 'run', unit: 'usd' };
  const [part = '', ...name] = scope.split('/');
  const options: LimitOptions = {
    ...(scope === 'speed' ? { usdPerMinute: text } : { [unit]: text }),
    ...(name.length > 0 && { [part]: name.join('/') }),
  };
  await run.setLimits({ ...(await readLimits(options))!, by });
  // A higher limit alone lets those go on that waited for it.
  await run.resume({ by }).catch((error: Error) => {
    if (error.name !== 'RefusedError') throw error;
  });
  return { isDone: true, words: '' };
}
