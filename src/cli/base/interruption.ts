import { writeSync } from 'node:fs';
import { asCalled } from './called-as.ts';
import { exitCodes } from './exit-codes.ts';

/** Ctrl-C and a polite kill, while a run is followed. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What the command says last, also when a second signal ends it at once; null: nothing. */
  lastWords: string | null;
  /** Gives the signals back to Node. */
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let isTaken = false;
let isEnding = false;

/** Has a signal end a command that does not take it: by its exit, so that what it leaves half-done is undone. */
export function endOnSignals(): void {
  if (isEnding) return;
  isEnding = true;
  // Where nobody hears a hangup, as under `nohup`, the command goes on.
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!isTaken) process.exit(exitCodes.parked);
    });
  }
}

/**
 * Takes the signals over: the first one aborts, a second one quits at once with 130.
 *
 * @param staysOnHangup goes on when its terminal goes away: Node undoes what `nohup` says
 */
export function takeSignals({ staysOnHangup = false } = {}): Interruption {
  const controller = new AbortController();
  const listener = (name: NodeJS.Signals): void => {
    if (staysOnHangup && name === 'SIGHUP') return;
    if (controller.signal.aborted) {
      sayAtOnce(interruption.lastWords);
      process.exit(exitCodes.parked);
    }
    controller.abort(new Error(name));
  };
  isTaken = true;
  for (const name of signals) process.on(name, listener);
  const interruption: Interruption = {
    signal: controller.signal,
    lastWords: null,
    release: () => {
      isTaken = false;
      for (const name of signals) process.off(name, listener);
    },
  };
  return interruption;
}

function sayAtOnce(words: string | null): void {
  try {
    if (words !== null) writeSync(2, asCalled(`${words}\n`));
  } catch {
    // The terminal is gone.
  }
}
