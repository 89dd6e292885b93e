import type { RunEvent } from '../../domain/run/run-events.ts';
import { waitsOf, emptyRunState, hasEnded, reduceRun, type RunState } from '../../domain/run/run-state.ts';
import { truncate } from '../base/display-width.ts';
import { answerCommand } from '../../client/follow/wait-text.ts';
import { asksForAnswer, eventLine, keepsWhole } from './event-lines.ts';
import { formatClock } from '../../domain/format.ts';
import { heartbeatLine, liveLines } from './live-lines.ts';
import { LiveScreen } from './live-screen.ts';
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
  /** Stops drawing; what was printed stays. */
  close(): void;
}

/** Settings of a {@link RunRenderer}. */
export interface RendererSettings {
  terminal: Terminal;
  runId: string;
  limitUsd: number | null;
}

const heartbeatEveryMs = 30_000;
const tickEveryMs = 1000;

/** A live area on a terminal; timestamped lines, with a heartbeat each 30 s, everywhere else. */
export function createRunRenderer(settings: RendererSettings): RunRenderer {
  return settings.terminal.isLive ? liveRenderer(settings) : plainRenderer(settings);
}

function liveRenderer({ terminal, runId, limitUsd }: RendererSettings): RunRenderer {
  const screen = new LiveScreen(terminal);
  const { colors } = terminal;
  let state = emptyRunState;
  let cause: string | null = null;
  let turns: string | null = null;
  const draw = (): void => {
    const size = { columns: terminal.columns(), rows: terminal.rows() };
    const view = { state, runId, now: Date.now(), ...size, limitUsd, stuck: cause, held: turns, colors };
    screen.show(hasEnded(state.status) ? [] : liveLines(view));
  };
  const ticker = setInterval(draw, tickEveryMs);
  return {
    get state() {
      return state;
    },
    event(event) {
      state = reduceRun(state, event);
      const line = eventLine(event, state, colors);
      const hint = line === null ? null : hintFor(event, state, runId);
      if (line !== null) screen.print([keepsWhole(event) ? line : truncate(line, terminal.columns())]);
      if (hint !== null) screen.print([colors.cyan(hint)]);
      draw();
    },
    note: (line) => screen.print([line]),
    stuck(next, held = null) {
      cause = next;
      turns = held;
      draw();
    },
    close() {
      clearInterval(ticker);
      screen.close();
    },
  };
}

/** The command that answers what an event asks for; null: it asks for nothing. */
function hintFor(event: RunEvent, state: RunState, runId: string): string | null {
  if (!asksForAnswer(event)) return null;
  const open = waitsOf(state);
  const about = 'taskId' in event ? event.taskId || null : null;
  const one = open.findLast(({ taskId }) => taskId === about);
  return one ? `  ${answerCommand(runId, one, open)}` : null;
}

function plainRenderer({ terminal, runId }: RendererSettings): RunRenderer {
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
      if (text === null) return;
      line(text, event.at);
      const hint = hintFor(event, state, runId);
      if (hint !== null) line(hint, event.at);
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
    close: () => clearInterval(heartbeat),
  };
}
