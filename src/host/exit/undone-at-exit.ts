/*
 * A second Ctrl-C ends a process at once: what is half-made, or runs for it alone, must go with it all the same.
 * Only what takes no waiting is done here; whoever comes to its end in good order takes it back first.
 *
 * Node tells nobody of an exit by a signal, so that is heard here where nobody else listens for it, as in a program of a user's.
 */
const undos = new Set<() => void>();
const signals = ['SIGINT', 'SIGTERM'] as const;

/** Has something undone when this process ends before that was taken back. @returns what takes it back */
export function undoneAtExit(undo: () => void): () => void {
  if (undos.size === 0) {
    process.on('exit', undoAll);
    for (const name of signals) process.on(name, endBy);
  }
  undos.add(undo);
  return () => {
    if (!undos.delete(undo) || undos.size > 0) return;
    process.off('exit', undoAll);
    for (const name of signals) process.off(name, endBy);
  };
}

// Whoever else listens decides what the signal means.
function endBy(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 1) return;
  undoAll();
  process.off(name, endBy);
  process.kill(process.pid, name);
}

function undoAll(): void {
  for (const undo of [...undos].toReversed()) {
    undos.delete(undo);
    try {
      undo();
    } catch {
      // The others are tried all the same.
    }
  }
}
