/** A worktree cannot be made, or a repository cannot be worked in so; the message says why, and the way out, for people. */
export class WorktreeError extends Error {
  override readonly name = 'WorktreeError';
}

/** What git said, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const { stderr, code, message } = error as { stderr?: string; code?: unknown; message?: string };
  if (code === 'ENOENT') return 'there is no `git` on this machine';
  const line = (stderr ?? '').split('\n').findLast((each) => /^(fatal|error): /.test(each));
  return (line ?? message ?? String(error))
    .replace(/^\w+: /, '')
    .replace(/\.$/, '')
    .slice(0, 500);
}
