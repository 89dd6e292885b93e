import type { Decision, RunnerEvent, Session, SessionEnd, SessionProcess } from './runner.ts';
import { linesOf, tailOf } from './lines.ts';

/** How one program says what happens, line by line. Whatever it is given is data of a stranger (U3). */
export interface Protocol {
  /** What a line tells; `write`: lines that it is answered with at once. An `end` counts once the program has ended; the last one does. */
  read(line: string): { events?: readonly RunnerEvent[]; write?: readonly string[]; isLast?: boolean };
  /** What the program is told of a decision; null: nothing, as nobody waits for it. */
  answer(id: string, decision: Decision): string | null;
  /** What makes the agent hear something; null: nothing does. */
  say(text: string): string | null;
  /** How it ended when its lines do not say it (U2). */
  endedBy(exit: { exitCode: number | null; exitSignal: string | null }, stderr: string): SessionEnd;
}

/** How long a program may take to end once it has said its last word. */
const leaveMs = 10_000;

/** A session over the standard streams of a program; `first`: what is written to it before anything else, null: its input is closed at once. */
export function openSession(process: SessionProcess, protocol: Protocol, first: readonly string[] | null): Session {
  const { stdin } = process;
  const stderr = tailOf(process.stderr);
  stderr.catch(() => undefined);
  let isOver = false;
  const write = (line: string): boolean => {
    if (isOver || !stdin.writable) return false;
    stdin.write(`${line}\n`);
    return true;
  };
  // One that has gone tells it by its end.
  stdin.on('error', () => undefined);
  if (first === null) stdin.end();
  else for (const line of first) write(line);
  const close = (): void => {
    isOver = true;
    stdin.end();
  };
  return {
    events: eventsOf({ process, protocol, stderr, write, close }),
    async answer(id, decision) {
      const line = protocol.answer(id, decision);
      if (line !== null) write(line);
    },
    async send(text) {
      const line = isOver ? null : protocol.say(text);
      return line !== null && write(line);
    },
    stop: () => process.stop(),
  };
}

interface Open {
  process: SessionProcess;
  protocol: Protocol;
  stderr: Promise<string>;
  write: (line: string) => boolean;
  close: () => void;
}

async function* eventsOf({ process, protocol, stderr, write, close }: Open): AsyncGenerator<RunnerEvent> {
  let end: SessionEnd | undefined;
  let leaving: NodeJS.Timeout | undefined;
  try {
    for await (const line of linesOf(process.stdout)) {
      const { events = [], write: answers = [], isLast = false } = protocol.read(line);
      for (const answer of answers) write(answer);
      for (const event of events) {
        if (event.type === 'end') end = event;
        else yield event;
      }
      if (!isLast) continue;
      close();
      // One that stays is ended; what it said last counts.
      leaving ??= setTimeout(() => void process.stop(), leaveMs);
    }
    const exit = await process.ended;
    yield end ?? protocol.endedBy(exit, await stderr);
  } finally {
    clearTimeout(leaving);
    close();
    await process.stop();
  }
}
