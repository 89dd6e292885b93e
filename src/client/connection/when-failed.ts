const listeners = new WeakMap<Promise<never>, Set<(error: unknown) => void>>();

/** Tells when one of those rejects, which may be as old as the process: what listens leaves no trace once it stops. @returns what stops it */
export function whenFailed(promises: readonly Promise<never>[], tell: (error: unknown) => void): () => void {
  const joined = promises.map(listenersOf);
  for (const each of joined) each.add(tell);
  return () => {
    for (const each of joined) each.delete(tell);
  };
}

function listenersOf(promise: Promise<never>): Set<(error: unknown) => void> {
  const known = listeners.get(promise);
  if (known) return known;
  const begun = new Set<(error: unknown) => void>();
  listeners.set(promise, begun);
  promise.catch((error: unknown) => {
    for (const tell of begun) tell(error);
  });
  return begun;
}
