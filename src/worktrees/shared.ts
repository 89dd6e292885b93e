/** What of a checkout a worktree gets as copies, as git has none of it. */
export interface Shared {
  /** From the workspace down. */
  share: readonly string[];
  /** All that git ignores, too (`isolate: copy`). */
  all: boolean;
}
