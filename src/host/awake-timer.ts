/*
 * A process that was stopped, or got no turn on a busy machine, finds all of its timers over when it goes on, and what they waited for there
 * as well. So a limit on waiting counts only the time in which this process could have heard of it.
 */

// So much of a standstill counts at most.
const stepMs = 250;

/** Calls back when this process was awake for so many ms. What came with the last of them is heard before. @returns what takes it back */
export function afterAwake(ms: number, action: () => void): () => void {
  let left = ms;
  let isOff = false;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const step = Math.min(left, stepMs);
    timer = setTimeout(() => {
      left -= step;
      if (left > 0) wait();
      else setImmediate(() => isOff || action());
    }, step);
  };
  wait();
  return () => {
    isOff = true;
    clearTimeout(timer);
  };
}

/** A signal that aborts when this process was awake for so many ms; `stop` when nobody waits any more. */
export function awakeLimit(ms: number): { signal: AbortSignal; stop: () => void } {
  const limit = new AbortController();
  const stop = afterAwake(ms, () => limit.abort(new DOMException('the time is over', 'TimeoutError')));
  return { signal: limit.signal, stop };
}
