/** A fork as somebody is making it up. */
export interface Fork {
  /** Checkpoint or task; empty: wherever something is changed. */
  from: string;
  /** Changes, by the names of `set`. */
  set: Readonly<Record<string, string>>;
  /** On the files of the checkpoint, in a worktree. */
  onFiles: boolean;
}

/** A fork that changes nothing yet. */
export function newFork(from = ''): Fork {
  return { from, set: {}, onFiles: false };
}

/** What is sent; null: there is nothing to do yet. */
export function bodyOf({ from, set, onFiles }: Fork): Record<string, unknown> | null {
  if (from === '' && Object.keys(set).length === 0) return null;
  return {
    ...(from !== '' && { from }),
    ...(Object.keys(set).length > 0 && { set }),
    ...(onFiles && { worktree: true }),
  };
}

/** How many changes are of a kind. */
export function countEdits({ set }: Fork, kind: string): number {
  return Object.keys(set).filter((name) => name.startsWith(`${kind}.`)).length;
}

/** What is wrong with changes, by their names, as the service said it. */
export function editsWrong(error: Error | null): Record<string, string> {
  const { problem } = (error ?? {}) as { problem?: { errors?: readonly { pointer?: string; detail: string }[] } };
  const found = (problem?.errors ?? []).flatMap(({ pointer, detail }): [string, string][] => {
    const [, name] = /^\/set\/(.+)$/.exec(pointer ?? '') ?? [];
    return name === undefined ? [] : [[name.replaceAll('~1', '/').replaceAll('~0', '~'), detail]];
  });
  return Object.fromEntries(found);
}
