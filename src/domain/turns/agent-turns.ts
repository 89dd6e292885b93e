import { fingerprint } from '../fingerprint.ts';
import { addUsd } from '../money/money.ts';
import { totalTokens, type Usage } from '../money/usage.ts';
import { isLooping, loopLimit } from './loop-detection.ts';

/** How far an attempt came. */
export interface AttemptProgress<Added> {
  /** Last answer whose tool calls all came to an end; null: none. */
  head: string | null;
  /** At most 300 characters of the last answer. */
  preview: string;
  turns: number;
  tokens: number;
  costUsd: number;
  /** As in an answer, of one or more turns. */
  isUncounted?: true;
  /** Tasks that it added; they start when it has succeeded. */
  added: Added[];
}

/** What an agent's loop knows between two turns, as far as an answer changes it. */
export interface TurningLoop<Added> {
  progress: AttemptProgress<Added>;
  head: string | null;
  prompt: 'task' | { text: string } | null;
  /** Fingerprints of the last turns, newest last. */
  history: string[];
  /** How often its last answer was sent back. */
  repairs: number;
}

/** What is known of a model's answer besides the message itself. */
export interface Answer {
  /** Its message. */
  head: string;
  stop: 'end' | 'tools' | 'cut';
  /** At most 300 characters of its text. */
  preview: string;
  usage: Usage;
  costUsd: number;
  /** Nobody said what its model costs: that is not in `costUsd`. Left out: it is. */
  isUncounted?: true;
}

/** Turns that came quickly, one after the other. */
export interface TakenTurns<Added> {
  turns: readonly (Answer & { goOn?: string; fingerprint: string })[];
  problem: string | null;
  added: readonly Added[];
  failure: unknown;
}

/** How often an answer that does not meet the task's `output` schema goes back to the model. */
const mostRepairs = 3;

/** What a worker of an earlier version leaves to be said. */
const goOnText = 'Your answer was cut off at its token limit. Go on from where it stopped; keep it shorter.';

/** An attempt that has not begun. */
export function noProgress<Added>(head: string | null): AttemptProgress<Added> {
  return { head, preview: '', turns: 0, tokens: 0, costUsd: 0, added: [] };
}

/** What is said of an attempt that has taken all the turns that it may. */
export function turnsExhausted(maxTurns: number): string {
  return `no end after ${maxTurns} turns: give the agent a higher max_turns, or a smaller task`;
}

/** How a loop goes on after an answer: it is over; it goes on; it goes round in circles; its answer is not accepted any more, for that reason. */
export type AfterTurns = 'over' | 'on' | 'circle' | { refused: string };

/**
 * Decides how a loop goes on after an answer whose turns are noted: where its conversation stands, and what it is told next.
 *
 * @param results fingerprints of what slow tools of the last turn gave; empty: there were none
 * @param told what it is to hear before anything else; it goes on for that even where its answer was its last
 */
export function takeIn<Added>(
  loop: TurningLoop<Added>,
  answer: TakenTurns<Added>,
  { results = '', told = null }: { results?: string; told?: string | null } = {},
): AfterTurns {
  const last = answer.turns.at(-1)!;
  loop.head = last.head;
  if (last.stop === 'end' && answer.problem === null && told === null) return 'over';
  loop.history.push(...answer.turns.map((each) => each.fingerprint));
  if (results) loop.history.push(fingerprint(loop.history.pop() + results));
  loop.prompt = last.stop === 'cut' ? { text: last.goOn ?? goOnText } : null;
  let after: AfterTurns = 'on';
  if (told !== null) loop.prompt = { text: told };
  else if (last.stop === 'end') {
    if (++loop.repairs > mostRepairs) return { refused: wrongOutput(answer) };
    loop.prompt = { text: `${answer.problem}\nAnswer again, with the corrected JSON only.` };
  } else if (!answer.failure && isLooping(loop.history)) after = 'circle';
  loop.history = loop.history.slice(-loopLimit);
  return after;
}

/** Notes what turns cost and where they lead. The head moves only over turns whose tool calls all have results. */
export function noteTurns<Added>(progress: AttemptProgress<Added>, { turns, added }: TakenTurns<Added>): void {
  const last = turns.at(-1)!;
  progress.head = last.head;
  progress.preview = last.preview;
  progress.turns += turns.length;
  progress.added.push(...added);
  for (const turn of turns) {
    progress.tokens += totalTokens(turn.usage);
    progress.costUsd = addUsd(progress.costUsd, turn.costUsd);
    if (turn.isUncounted) progress.isUncounted = true;
  }
}

function wrongOutput({ problem }: Pick<TakenTurns<unknown>, 'problem'>): string {
  return `after ${mostRepairs} repairs the answer still does not meet the task's output schema: ${problem}`;
}
