import { exitCodes } from './exit-codes.ts';

/** Ctrl-C and a polite kill, while a run is followed. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Takes the signals over: the first one aborts, a second one quits at once with 130. */
export function takeSignals(): Interruption {
  const controller = new AbortController();
  const listener = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodes.parked);
    controller.abort(new Error(name));
  };
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, listener);
    },
  };
}

/** Waits for the first signal; never when there is none. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
