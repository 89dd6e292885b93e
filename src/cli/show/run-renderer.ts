import type { RunEvent } from '../../domain/run/run-events.ts';
import { waitsOf, emptyRunState, hasEnded, reduceRun, type RunState } from '../../domain/run/run-state.ts';
import { fitAround } from '../base/display-width.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { asCalled } from '../base/called-as.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { asksForAnswer, eventLine, isQuestion, keepsWhole } from './event-lines.ts';
import { askingHere } from './event-parts.ts';
import { formatClock } from '../../domain/format.ts';
import { heartbeatLine, liveLines } from './live-lines.ts';
import { LiveScreen } from './live-screen.ts';
import { promptLine, type Prompt } from './prompt-line.ts';
import { StoryTail, type Tail } from './story-tail.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Terminal } from '../base/terminal.ts';

/** Shows a run while it goes on, on standard error. */
export interface RunRenderer {
  readonly state: RunState;
  event(event: RunEvent): void;
  /** A line that stays, of our own. */
  note(line: string): void;
  /** Why nothing moves; null when it does again. */
  stuck(cause: string | null, held?: string | null): void;
  /** What somebody is asked and types, as the lowest line; null: nothing. Only on a terminal. */
  prompt(asked: Prompt | null): void;
  /** Stops drawing; what was printed stays. */
  close(): void;
}

/** Settings of a {@link RunRenderer}. */
export interface RendererSettings {
  terminal: Terminal;
  runId: string;
  limitUsd: number | null;
  /** How long the run may still take, in ms; null: nobody knows. */
  leftMs?: (state: RunState, now: number) => number | null;
  /** Of what was told before only the last lines are shown; null or left out: all. */
  tail?: Tail | null;
}

const heartbeatEveryMs = 30_000;
const tickEveryMs = 1000;

/** A live area on a terminal; timestamped lines, with a heartbeat each 30 s, everywhere else. */
export function createRunRenderer(settings: RendererSettings): RunRenderer {
  return settings.terminal.isLive ? new LiveRenderer(settings) : plainRenderer(settings);
}

class LiveRenderer implements RunRenderer {
  readonly #settings: RendererSettings;
  readonly #screen: LiveScreen;
  readonly #tail: StoryTail;
  readonly #ticker = setInterval(() => this.#draw(), tickEveryMs);
  #state = emptyRunState;
  #stuck: string | null = null;
  #held: string | null = null;
  #asked: Prompt | null = null;
  #isClosed = false;

  constructor(settings: RendererSettings) {
    this.#settings = settings;
    this.#screen = new LiveScreen(settings.terminal);
    this.#tail = new StoryTail(settings.tail ?? null);
  }

  get state(): RunState {
    return this.#state;
  }

  event(event: RunEvent): void {
    const { terminal, runId } = this.#settings;
    this.#state = reduceRun(this.#state, event);
    const line = eventLine(event, this.#state, terminal.colors);
    const asked = line === null ? null : askedBy(event, this.#state);
    const id = 'taskId' in event ? safeLine(event.taskId) : '';
    const fitted = line === null || keepsWhole(event) ? line : fitAround(line, id, terminal.columns());
    // Where it is put, all of it follows, and the command stands in the live area.
    const isPut = asked !== null && terminal.canAsk && isAnsweredHere(asked);
    const told = isPut
      ? [isQuestion(event) ? askingHere(asked, terminal.colors) : fitted]
      : [fitted, asked && terminal.colors.cyan(hintOf(asked, this.#state, runId))];
    const lines = told.filter((each) => each !== null);
    for (const each of this.#tail.take(event, lines)) this.note(each);
    if (!this.#tail.isHolding) this.#draw();
  }

  note(line: string): void {
    this.#screen.print([line]);
  }

  stuck(cause: string | null, held: string | null = null): void {
    this.#stuck = cause;
    this.#held = held;
    this.#draw();
  }

  prompt(asked: Prompt | null): void {
    this.#asked = asked;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#ticker);
    this.#isClosed = true;
    this.#screen.close();
  }

  #draw(): void {
    if (this.#isClosed) return;
    const { terminal, runId, limitUsd, leftMs = () => null } = this.#settings;
    const { colors } = terminal;
    const size = { columns: terminal.columns(), rows: terminal.rows() };
    const now = Date.now();
    const told = { state: this.#state, stuck: this.#stuck, held: this.#held, now, leftMs: leftMs(this.#state, now) };
    const prompt = this.#asked === null ? [] : [colors.bold(promptLine(this.#asked, size.columns - 1))];
    const lines = hasEnded(this.#state.status) ? [] : liveLines({ ...told, ...size, runId, limitUsd, colors });
    this.#screen.show([...lines, ...prompt]);
  }
}

/** What an event asks for; null: it asks for nothing. */
function askedBy(event: RunEvent, state: RunState): Wait | null {
  if (!asksForAnswer(event)) return null;
  const about = 'taskId' in event ? event.taskId || null : null;
  return waitsOf(state).findLast(({ taskId }) => taskId === about) ?? null;
}

/** Whether it is put to whoever sits at this terminal, where somebody does. */
function isAnsweredHere({ id, cause }: Wait): boolean {
  return id !== null || (cause !== 'approval' && cause !== 'blocker');
}

/** The command that answers it. */
function hintOf(asked: Wait, state: RunState, runId: string): string {
  return asCalled(`  ${answerCommand(runId, asked, waitsOf(state))}`);
}

function plainRenderer({ terminal, runId, tail = null }: RendererSettings): RunRenderer {
  const story = new StoryTail(tail);
  let state = emptyRunState;
  let cause: string | null = null;
  let isHeld = false;
  const line = (text: string, at = new Date().toISOString()): void => terminal.err(`${formatClock(at)} ${text}\n`);
  const heartbeat = setInterval(() => line(heartbeatLine({ state, now: Date.now() })), heartbeatEveryMs);
  return {
    get state() {
      return state;
    },
    event(event) {
      state = reduceRun(state, event);
      const text = eventLine(event, state, terminal.colors);
      const asked = text === null ? null : askedBy(event, state);
      const lines = [text, asked && hintOf(asked, state, runId)]
        .filter((each) => each !== null)
        .map((each) => `${formatClock(event.at)} ${each}`);
      for (const each of story.take(event, lines)) terminal.err(`${each}\n`);
    },
    note: (text) => line(asCalled(text)),
    stuck(next, held = null) {
      // Who waits changes from moment to moment: that somebody does is told once.
      if (held !== null && !isHeld) line(safeLine(held));
      isHeld = held !== null;
      if (next === cause) return;
      cause = next;
      line(next === null ? 'goes on again' : `stuck: ${safeLine(next)}`);
    },
    prompt: () => undefined,
    close: () => clearInterval(heartbeat),
  };
}
