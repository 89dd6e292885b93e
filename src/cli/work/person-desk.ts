import { readAsked } from '../../client/control/read-asked.ts';
import type { Session } from '../../client/connection/session.ts';
import type { Run } from '../../client/run.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import { waitsOf } from '../../domain/run/run-state.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { CommandContext } from '../base/context.ts';
import { questionLines } from '../show/question-lines.ts';
import type { RunRenderer } from '../show/run-renderer.ts';
import { whoIs } from '../options/who.ts';
import { answerKindOf, giveAnswer, promptOf } from './give-answer.ts';
import { TypedLine } from './typed-line.ts';
import { asFlags } from '../base/as-flags.ts';

/** Where keys come from: a terminal's standard input. */
interface Keyboard {
  isTTY?: boolean;
  setRawMode(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (keys: Buffer) => void): unknown;
  off(event: 'data', listener: (keys: Buffer) => void): unknown;
}

/** What a desk works with. */
export interface DeskSettings {
  context: CommandContext;
  session: Pick<Session, 'store'>;
  run: Run;
  renderer: RunRenderer;
  keyboard?: Keyboard;
  /** Told of Ctrl-C, which the terminal does not turn into a signal while a question is open. */
  interrupt?: () => void;
  /** A clock, in ms. */
  now?: () => number;
}

interface Question {
  key: string;
  wait: Wait;
}

/** A story that is told from its beginning has questions that were answered long ago: what still stands after this, in ms, is put. */
const settledMs = 300;

/** Puts to whoever sits here what the run waits for, one question after the other, and gives the answers. */
export class PersonDesk {
  readonly #settings: Required<DeskSettings>;
  readonly #line = new TypedLine();
  /** Questions that were answered, or put off: they are not asked again as they are. */
  readonly #done = new Set<string>();
  /** What is read, to be shown next. */
  #coming: Question | null = null;
  /** What stands on the screen: nothing else is answered. */
  #asked: Question | null = null;
  #isOpen = false;
  #isBusy = false;
  #settling: NodeJS.Timeout | undefined;
  #last: RunState | null = null;
  readonly #onKeys = (keys: Buffer): void => this.#type(keys.toString('utf8'));

  constructor(settings: DeskSettings) {
    const interrupt = (): void => void process.kill(process.pid, 'SIGINT');
    this.#settings = { keyboard: process.stdin, interrupt, now: () => performance.now(), ...settings };
  }

  /** Looks at the run after each event. */
  look(state: RunState): void {
    this.#last = state;
    if (this.#isBusy) return;
    const open = waitsOf(state).map((wait) => ({ key: keyOf(wait), wait }));
    const current = this.#asked ?? this.#coming;
    if (current && open.some(({ key }) => key === current.key)) return;
    const next = open.find(({ key, wait }) => !this.#done.has(key) && answerKindOf(wait) !== null);
    clearTimeout(this.#settling);
    if (!next) return this.stop();
    this.#leave();
    this.#settling = setTimeout(() => void this.#ask(next), settledMs);
  }

  /** Gives the keyboard back. */
  stop(): void {
    clearTimeout(this.#settling);
    this.#leave();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { keyboard } = this.#settings;
    keyboard.off('data', this.#onKeys);
    keyboard.setRawMode(false);
    keyboard.pause();
  }

  /** Nothing is asked from here on: what was typed meant what stood there. */
  #leave(): void {
    this.#coming = null;
    this.#asked = null;
    if (this.#isOpen) this.#settings.renderer.prompt(null);
  }

  async #ask(next: Question): Promise<void> {
    const { context, session, run, renderer, now } = this.#settings;
    this.#coming = next;
    const whole = await readAsked(session.store, run, next.wait).catch(() => null);
    // It may have been answered elsewhere by now.
    if (this.#coming !== next) return;
    this.#coming = null;
    const { terminal } = context;
    const size = { columns: terminal.columns(), colors: terminal.colors };
    for (const line of questionLines(next.wait, whole, size)) renderer.note(line);
    this.#asked = next;
    this.#line.begin(now());
    this.#open();
    this.#draw();
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { keyboard } = this.#settings;
    keyboard.setRawMode(true);
    keyboard.on('data', this.#onKeys);
    keyboard.resume();
  }

  #draw(): void {
    if (this.#asked)
      this.#settings.renderer.prompt({ ...promptOf(this.#asked.wait), typed: safeLine(this.#line.text) });
  }

  #type(keys: string): void {
    // What is typed while an answer is on its way, or a question is read, is meant for nothing that could be seen.
    if ((this.#isBusy || !this.#asked) && !keys.includes('\x03')) return;
    const typed = this.#line.type(keys, this.#settings.now());
    if (typed.kind === 'interrupt') {
      this.stop();
      return this.#settings.interrupt();
    }
    if (typed.kind === 'line' && this.#asked) return void this.#answer(this.#asked, typed.text);
    this.#draw();
  }

  async #answer(asked: Question, text: string): Promise<void> {
    const { context, run, renderer, now } = this.#settings;
    this.#isBusy = true;
    // What comes while the answer is on its way must not stand above a line that looks like its answer.
    renderer.prompt(null);
    try {
      const told = await giveAnswer(run, asked.wait, { text, by: whoIs(context, undefined) });
      if (told.isDone) this.#done.add(asked.key);
      if (told.words !== '') renderer.note(told.words);
      if (told.isDone) this.#leave();
    } catch (error) {
      renderer.note(`! ${safeLine(error instanceof Error ? asFlags(error.message) : String(error))}`);
    } finally {
      this.#isBusy = false;
    }
    this.#line.begin(now());
    this.#draw();
    if (this.#isOpen && this.#last) this.look(this.#last);
  }
}

/** A question and all that is decided with it: after an edit, or another person's yes, it is another one. */
function keyOf({ id, cause, taskId, what, detail, since, approvedBy }: Wait): string {
  return JSON.stringify([id, cause, taskId, what, detail, since, approvedBy]);
}
