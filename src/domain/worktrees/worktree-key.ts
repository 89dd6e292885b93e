/** The key that is called when an attempt at a task's worktree has ended: whoever stands aside for it waits for that. */
export function worktreeKey(taskId: string): string {
  return `${prefix}${taskId}`;
}

/** The task behind a {@link worktreeKey}. */
export function taskOfWorktreeKey(key: string): string {
  return key.slice(prefix.length);
}

const prefix = 'worktree/';
