import type { RunEvent } from '../../domain/run/run-events.ts';
import { waitsOf, emptyRunState, hasEnded, reduceRun, type RunState } from '../../domain/run/run-state.ts';
import { fitAround, truncateStart } from '../base/display-width.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';
import { asksForAnswer, eventLine, keepsWhole } from './event-lines.ts';
import { formatClock } from '../../domain/format.ts';
import { heartbeatLine, liveLines } from './live-lines.ts';
import { LiveScreen } from './live-screen.ts';
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
  prompt(line: string | null): void;
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
  #asked: string | null = null;
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
    const hint = line === null ? null : hintFor(event, this.#state, runId);
    const id = 'taskId' in event ? safeLine(event.taskId) : '';
    const lines = [
      ...(line === null ? [] : [keepsWhole(event) ? line : fitAround(line, id, terminal.columns())]),
      ...(hint === null ? [] : [terminal.colors.cyan(hint)]),
    ];
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

  prompt(line: string | null): void {
    this.#asked = line;
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
    const prompt = this.#asked === null ? [] : [colors.bold(truncateStart(this.#asked, size.columns - 1))];
    const lines = hasEnded(this.#state.status) ? [] : liveLines({ ...told, ...size, runId, limitUsd, colors });
    this.#screen.show([...lines, ...prompt]);
  }
}

/** The command that answers what an event asks for; null: it asks for nothing. */
function hintFor(event: RunEvent, state: RunState, runId: string): string | null {
  if (!asksForAnswer(event)) return null;
  const open = waitsOf(state);
  const about = 'taskId' in event ? event.taskId || null : null;
  const one = open.findLast(({ taskId }) => taskId === about);
  return one ? `  ${answerCommand(runId, one, open)}` : null;
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
      const hint = text === null ? null : hintFor(event, state, runId);
      const lines = [text, hint].filter((each) => each !== null).map((each) => `${formatClock(event.at)} ${each}`);
      for (const each of story.take(event, lines)) terminal.err(`${each}\n`);
    },
    note: (text) => line(text),
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
