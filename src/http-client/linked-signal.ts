/** See {@link linked}. */
interface LinkedSignal {
  signal: AbortSignal;
  stopTime: () => void;
  end: () => void;
}

/**
 * A signal of several, and of a time (null: none) that `stopTime` ends; `end` aborts it, and lets go of the others.
 *
 * Not `AbortSignal.any`: what it makes of a long-lived signal stays with that.
 */
export function linked(signals: readonly (AbortSignal | undefined)[], limitMs: number | null): LinkedSignal {
  const own = new AbortController();
  const undo: (() => void)[] = [];
  for (const signal of signals) {
    if (!signal) continue;
    const abort = (): void => own.abort(signal.reason);
    if (signal.aborted) abort();
    undo.push(listen(signal, abort));
  }
  const late = new Error(`no answer within ${limitMs} ms`);
  const timer = limitMs === null ? undefined : setTimeout(() => own.abort(late), limitMs);
  const stopTime = (): void => clearTimeout(timer);
  const end = (): void => {
    stopTime();
    for (const each of undo) each();
    own.abort();
  };
  return { signal: own.signal, stopTime, end };
}

/** Who waits for each signal. Node takes it for a leak when more than ten listen to one, which as many calls at once do. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** @returns what ends it */
function listen(signal: AbortSignal, abort: () => void): () => void {
  const all = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, all);
    signal.addEventListener('abort', () => all.forEach((each) => each()), { once: true });
  }
  all.add(abort);
  return () => void all.delete(abort);
}
