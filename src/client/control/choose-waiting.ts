import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { waitText } from '../follow/wait-text.ts';
import type { ToldBlocker, ToldBlockers } from './earlier-decisions.ts';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** Something that a run says it waits for. */
export type Waiting = WaitingAnswer[number];

/** Which blocker an answer is for, and its words. `answered`: it was answered before; then only the same answer is taken. */
export type ChosenAnswer = Pick<ToldBlocker, 'id' | 'answered'> & { taskId: string | null; text: string };

/**
 * Takes the words of `gaffer answer RUN [ID] TEXT` apart: without quotes an answer is several words, too.
 *
 * The first word is an id if a blocker is or was called so, or its task; an answer must never reach another agent than before.
 *
 * @throws UsageError when nothing waits as that, or it is not clear what is meant
 */
export function chooseAnswer(
  words: readonly string[],
  { waiting, told, runId }: { waiting: readonly Waiting[]; told: ToldBlockers; runId: string },
): ChosenAnswer {
  const [first = '', ...rest] = words;
  const blockers = waiting.filter(({ cause }) => cause === 'blocker');
  const others = waiting.filter(({ cause }) => cause !== 'blocker');
  const isNamed = ({ id, taskId }: { id: string; taskId: string }): boolean => id === first || taskId === first;
  const asId = (one: Pick<ChosenAnswer, 'id' | 'taskId' | 'answered'>): ChosenAnswer => {
    return { id: one.id, taskId: one.taskId, answered: one.answered, text: rest.join(' ') };
  };
  if (rest.length > 0) {
    if (blockers.some(isNamed)) return asId({ ...choose(blockers, 'blocker', first, runId), answered: null });
    const earlier = told.blockers.findLast(isNamed);
    if (earlier) return asId(earlier);
    if (others.some(isNamed) || told.taskIds.has(first)) throw namesNoBlocker(first, waiting, runId);
    if (matching(blockers, 'blocker', first).length > 0) {
      return asId({ ...choose(blockers, 'blocker', first, runId), answered: null });
    }
  }
  const text = words.join(' ');
  if (blockers.length === 0) {
    const same = told.blockers.findLast(({ answered }) => answered?.text === text);
    if (same) return { ...same, text };
    const last = told.blockers.findLast(({ answered }) => answered !== null);
    if (last) throw new UsageError(`no answer is waited for. ${answeredText(last)}`);
  }
  const { id, taskId } = choose(waiting, 'blocker', undefined, runId);
  return { id, taskId, answered: null, text };
}

/** Who answered a blocker, when, and with what. */
export function answeredText({ id, taskId, answered }: Pick<ChosenAnswer, 'id' | 'taskId' | 'answered'>): string {
  const { by, at, text } = answered!;
  return `${safeLine(taskId ?? id)} was answered already, by ${safeLine(by)} at ${at}: ${safeLine(text)}`;
}

function namesNoBlocker(word: string, waiting: readonly Waiting[], runId: string): UsageError {
  const hint = waits(waiting, runId);
  return new UsageError(
    `no answer is waited for as "${safeLine(word)}".${hint} Where that word begins the answer itself, put all of it in quotes.`,
  );
}

/** What is meant by a word: the id, else the task, else a part of the id. */
export function matching(waiting: readonly Waiting[], cause: Waiting['cause'], wanted: string): Waiting[] {
  const kin = waiting.filter((one) => one.cause === cause);
  const exact = kin.filter((one) => one.id === wanted);
  if (exact.length > 0) return exact;
  const ofTask = kin.filter((one) => one.taskId === wanted);
  return ofTask.length > 0 ? ofTask : kin.filter((one) => one.id.includes(wanted));
}

/** The one that is meant: by id, by task, by a part of the id; without any, the only one. @throws UsageError */
export function choose(
  waiting: readonly Waiting[],
  cause: 'approval' | 'blocker',
  wanted: string | undefined,
  runId: string,
): Waiting {
  const found = wanted === undefined ? waiting.filter((one) => one.cause === cause) : matching(waiting, cause, wanted);
  if (found.length === 1) return found[0]!;
  const what = cause === 'approval' ? 'approval' : 'answer';
  if (found.length === 0) {
    const named = wanted === undefined ? '' : ` as "${wanted}"`;
    throw new UsageError(`no ${what} is waited for${named}.${waits(waiting, runId)}`);
  }
  const list = found.map((one) => `  ${one.id}  ${waitText(toShown(one))}`);
  throw new UsageError(`several wait for an ${what}: name one of\n${list.join('\n')}`);
}

function waits([first]: readonly Waiting[], runId: string): string {
  return first ? ` What waits: ${waitText(toShown(first))}.` : ` Nothing of ${runId} waits for a person.`;
}

function toShown(one: Waiting) {
  return { ...one, asks: one.approval?.by ?? [] };
}
