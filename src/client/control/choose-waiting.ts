import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { waitText } from '../follow/wait-text.ts';
import type { ToldBlocker, ToldBlockers } from './earlier-decisions.ts';
import { isBlank } from '../../domain/blank-text.ts';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { shellWord } from '../../domain/shell-word.ts';

/** Something that a run says it waits for. */
export type Waiting = WaitingAnswer[number];

/** Which blocker an answer is for, and its words. `answered`: it was answered before; then only the same answer is taken. */
export type ChosenAnswer = Pick<ToldBlocker, 'id' | 'answered'> & { taskId: string | null; text: string };

/** What an error lists of what waits. */
const mostNames = 10;
/** What it says of what waits. */
const mostTexts = 3;

/**
 * Takes the words of `gaffer answer RUN [ID] TEXT` apart: without quotes an answer is several words, too.
 *
 * The first word is an id only if a blocker is or was called exactly so, or its task; else it belongs to the answer.
 *
 * @throws UsageError when nothing waits as that, it is not clear what is meant, or the answer itself is missing
 */
export function chooseAnswer(
  words: readonly string[],
  { waiting, told, runId }: { waiting: readonly Waiting[]; told: ToldBlockers; runId: string },
): ChosenAnswer {
  const [first = '', ...rest] = words;
  if (isBlank(words.join(' ')))
    throw new UsageError('the answer says nothing: it is empty, or made of characters that nobody can see.');
  const isTold = told.blockers.some((one) => isNamed(one, first));
  const isOpen = waiting.some((one) => one.cause === 'blocker' && isNamed(one, first));
  if (rest.length === 0 && (isOpen || isTold)) throw saysNothing(first, runId);
  if (rest.length > 0) {
    const text = rest.join(' ');
    if (isOpen) {
      const { id, taskId } = choose(waiting, 'blocker', first, runId);
      return { id, taskId, answered: null, text };
    }
    if (isTold) return { ...told.blockers.findLast((one) => isNamed(one, first))!, text };
    if (told.taskIds.has(first) || waiting.some((one) => isNamed(one, first)))
      throw namesNoBlocker(first, waiting, runId);
  }
  return forTheOnlyOne(words.join(' '), { waiting, told, runId });
}

function forTheOnlyOne(
  text: string,
  { waiting, told, runId }: { waiting: readonly Waiting[]; told: ToldBlockers; runId: string },
): ChosenAnswer {
  if (!waiting.some(({ cause }) => cause === 'blocker')) {
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

function saysNothing(word: string, runId: string): UsageError {
  const named = `gaffer answer ${shellWord(runId)} ${shellWord(word)}`;
  return new UsageError(
    `"${safeLine(word)}" says whom an answer is for, and there is none: \`${named} TEXT\`. Where the answer is that word: \`${named} ${shellWord(word)}\`.`,
  );
}

function namesNoBlocker(word: string, waiting: readonly Waiting[], runId: string): UsageError {
  const { message } = nothingCalled(waiting, 'blocker', word, runId);
  return new UsageError(`${message} Where that word begins the answer itself, put all of it in quotes.`);
}

/** Whether it is called so: by its id or its task's, whole. A part of an id names nothing: a decision cannot be taken back. */
function isNamed({ id, taskId }: { id: string; taskId: string }, wanted: string): boolean {
  return id === wanted || taskId === wanted;
}

/** What is meant by a word: the id, else the task. */
export function matching(waiting: readonly Waiting[], cause: Waiting['cause'], wanted: string): Waiting[] {
  const kin = waiting.filter((one) => one.cause === cause);
  const exact = kin.filter((one) => one.id === wanted);
  return exact.length > 0 ? exact : kin.filter((one) => one.taskId === wanted);
}

/** The one that is meant, by its exact id or task; without any, the only one. @throws UsageError with what there is */
export function choose(
  waiting: readonly Waiting[],
  cause: 'approval' | 'blocker',
  wanted: string | undefined,
  runId: string,
): Waiting {
  const found = wanted === undefined ? waiting.filter((one) => one.cause === cause) : matching(waiting, cause, wanted);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw nothingCalled(waiting, cause, wanted, runId);
  const list = found.map((one) => `  ${safeLine(one.id)}  ${waitText(toShown(one))}`);
  throw new UsageError(`several wait for an ${asked[cause]}: name one of\n${list.join('\n')}`);
}

const asked = { approval: 'approval', blocker: 'answer' } as const;

function nothingCalled(
  waiting: readonly Waiting[],
  cause: 'approval' | 'blocker',
  wanted: string | undefined,
  runId: string,
): UsageError {
  const kin = waiting.filter((one) => one.cause === cause);
  if (wanted === undefined || kin.length === 0) {
    const named = wanted === undefined ? '' : ` as "${safeLine(wanted)}"`;
    return new UsageError(`no ${asked[cause]} is waited for${named}.${heldBy(waiting.map(toShown), runId)}`);
  }
  const names = kin.map((one) => safeLine(matching(waiting, cause, one.taskId).length === 1 ? one.taskId : one.id));
  const more = names.length > mostNames ? ', …' : '';
  const what = cause === 'approval' ? 'approval' : 'blocked agent';
  return new UsageError(
    `no ${what} is called ${safeLine(wanted)}; waiting: ${names.slice(0, mostNames).join(', ')}${more}.`,
  );
}

/** What a run waits for, as the end of a message that refuses something. */
export function heldBy(waiting: readonly Shown[], runId: string): string {
  if (waiting.length === 0) return ` Nothing of ${runId} waits for a person.`;
  const texts = waiting.slice(0, mostTexts).map((one) => `${waitText(one)}: \`${answerCommand(runId, one, waiting)}\``);
  return ` What waits: ${texts.join('; ')}${waiting.length > mostTexts ? '; …' : '.'}`;
}

type Shown = Parameters<typeof waitText>[0];

// The run as a whole has neither id nor task.
function toShown(one: Waiting): Shown {
  return { ...one, id: one.id || null, taskId: one.taskId || null, asks: one.approval?.by ?? [] };
}
