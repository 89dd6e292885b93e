import type { Decision, RunnerEvent, Session, SessionEnd, SessionProcess } from './runner.ts';
import { linesOf, tailOf } from './lines.ts';

/** How a program ended. */
export type Exit = Awaited<SessionProcess['ended']>;

/** How one program says what happens, line by line. Whatever it is given is data of a stranger (U3). */
export interface Protocol {
  /**
   * What a line tells; `write`: lines that it is answered with at once. An `end` counts once the program has ended; the last one does.
   * `cut`: it is ended at once, before it does anything more, and ends so.
   */
  read(line: string): {
    events?: readonly RunnerEvent[];
    write?: readonly string[];
    isLast?: boolean;
    cut?: SessionEnd;
  };
  /** What the program is told of a decision, or that it is ended by it at once; null: nothing, as nobody waits for it. */
  answer(id: string, decision: Decision): string | SessionEnd | null;
  /** What makes the agent hear something; null: nothing does. */
  say(text: string): string | null;
  /** How it ended when its lines do not say it (U2). */
  endedBy(exit: Exit, stderr: string): SessionEnd;
}

/** 128 and the number of SIGKILL: what a sandbox says of a program in it. */
const killedInside = 137;

/** Whether a program that was killed was killed by somebody else: an operator, the kernel for want of memory, a death of what it runs in. */
export function isKilled({ exitCode, exitSignal, stopped }: Exit): boolean {
  return stopped === null && (exitSignal === 'SIGKILL' || exitCode === killedInside);
}

/** The end of a program that went without saying how. */
export function endedWithoutWords(
  name: string,
  exit: Exit,
  { stderr, text }: { stderr: string; text: string },
): SessionEnd {
  const { exitCode, exitSignal } = exit;
  const how = exitSignal ?? `exit code ${exitCode ?? 'unknown'}`;
  const words = stderr.trim().split('\n').at(-1) ?? '';
  const reason = `${name} ended without a result (${how})${words ? `: ${words}` : ''}`;
  return { type: 'end', status: isKilled(exit) ? 'killed' : 'failed', reason, text };
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
  let cut: SessionEnd | undefined;
  const cutShort = async (end: SessionEnd): Promise<void> => {
    cut ??= end;
    close();
    await process.stop();
  };
  return {
    events: eventsOf({ process, protocol, stderr, write, close, cutShort, cut: () => cut }),
    async answer(id, decision) {
      const reply = protocol.answer(id, decision);
      if (typeof reply === 'string') write(reply);
      else if (reply) await cutShort(reply);
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
  cutShort: (end: SessionEnd) => Promise<void>;
  cut: () => SessionEnd | undefined;
}

async function* eventsOf({ process, protocol, stderr, ...open }: Open): AsyncGenerator<RunnerEvent> {
  let end: SessionEnd | undefined;
  let leaving: NodeJS.Timeout | undefined;
  try {
    for await (const line of linesOf(process.stdout)) {
      // Nothing that it says while it is ended is an event of the session any more.
      if (open.cut()) continue;
      const { events = [], write = [], isLast = false, cut } = protocol.read(line);
      for (const answer of write) open.write(answer);
      for (const event of events) {
        if (event.type === 'end') end = event;
        else yield event;
      }
      if (cut) await open.cutShort(cut);
      if (!isLast) continue;
      open.close();
      // One that stays is ended; what it said last counts.
      // What goes wrong with it is told by how it ended, below.
      leaving ??= setTimeout(() => void process.stop().catch(() => undefined), leaveMs);
    }
    const exit = await process.ended;
    yield open.cut() ?? end ?? protocol.endedBy(exit, await stderr);
  } finally {
    clearTimeout(leaving);
    open.close();
    await process.stop();
  }
}
