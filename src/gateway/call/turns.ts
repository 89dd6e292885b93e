/** Calls that wait for money which others hold back, by their runs. */
export interface Turns {
  /** Waits until something was given back here, or so many ms are over; others give back, too, and tell nothing. @throws the signal's reason when aborted */
  wait(no: number, ms: number, signal: AbortSignal): Promise<void>;
  /** Something was given back. */
  wake(no: number): void;
}

/** Waiting calls of one gateway. */
export function createTurns(): Turns {
  const waiting = new Map<number, Set<() => void>>();
  return {
    wait(no, ms, signal) {
      const ofRun = waiting.get(no) ?? new Set();
      waiting.set(no, ofRun);
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          ofRun.delete(end);
          if (ofRun.size === 0 && waiting.get(no) === ofRun) waiting.delete(no);
          if (signal.aborted) reject(signal.reason as Error);
          else resolve();
        };
        const timer = setTimeout(end, ms);
        signal.addEventListener('abort', end);
        ofRun.add(end);
        if (signal.aborted) end();
      });
    },
    wake(no) {
      for (const end of [...(waiting.get(no) ?? [])]) end();
    },
  };
}
