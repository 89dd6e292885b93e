/*
 * A second Ctrl-C ends a process at once: what is half-made, or runs for it alone, must go with it all the same.
 * Only what takes no waiting is done here; whoever comes to its end in good order takes it back first.
 */
const undos = new Set<() => void>();

/** Has something undone when this process ends before that was taken back. @returns what takes it back */
export function undoneAtExit(undo: () => void): () => void {
  if (undos.size === 0) process.on('exit', undoAll);
  undos.add(undo);
  return () => {
    if (undos.delete(undo) && undos.size === 0) process.off('exit', undoAll);
  };
}

function undoAll(): void {
  for (const undo of [...undos].toReversed()) {
    try {
      undo();
    } catch {
      // The others are tried all the same.
    }
  }
}
