import type { OverlapPolicy } from './isolation.ts';

/** What is told of worktrees, leases, snapshots, the merge train, and permissions of programs. Files are paths from the worktree down. */
export type CodingEventBody =
  /** `base`: the commit that it begins from. */
  | { type: 'worktree:created'; taskId: string; attempt: number; branch: string; base: string }
  /** `kept`: the ref that keeps its unmerged work; null: there was none. */
  | { type: 'worktree:removed'; taskId: string; branch: string; kept: string | null }
  /** What an attempt alone may write; `fence` grows with each lease of a task. */
  | { type: 'lease:granted'; taskId: string; attempt: number; folders: string[]; files: string[]; fence: number }
  | { type: 'lease:released'; taskId: string; attempt: number }
  /** Two tasks changed the same files; `decision`: what was done about it. */
  | { type: 'lease:overlap'; taskId: string; other: string; files: string[]; decision: OverlapPolicy }
  /** Number `n` of a task's snapshots; `files`: how many differ from the one before. */
  | { type: 'snapshot:saved'; taskId: string; attempt: number; n: number; commit: string; files: number }
  | { type: 'snapshot:restored'; taskId: string; n: number; commit: string; by: string }
  /** Its task has ended, and its branch is there; nobody has asked for more. */
  | { type: 'merge:ready'; taskId: string; branch: string; commit: string }
  | { type: 'merge:queued'; taskId: string; branch: string; commit: string; into: string }
  /** A gate ran on what these tasks come to together; `output`: how its output ends. `duration` in ms. */
  | {
      type: 'merge:gate';
      tasks: string[];
      into: string;
      command: string;
      success: boolean;
      duration: number;
      output: string;
    }
  | { type: 'merge:merged'; taskId: string; branch: string; commit: string; into: string }
  /** `attempt`: how often it went back by now; `to`: who sees to it. */
  | {
      type: 'merge:conflict';
      taskId: string;
      branch: string;
      into: string;
      files: string[];
      attempt: number;
      to: 'author' | 'merger' | 'person';
      /** Both sides are merged in it, and conflict markers were left in the files. */
      isUnsettled?: true;
    }
  /** It does not go in: a gate fails with it, or nobody resolved its conflict. */
  | { type: 'merge:rejected'; taskId: string; branch: string; into: string; reason: string }
  /** It could not be brought in now; `into`: null, when nobody says where it goes. */
  | { type: 'merge:waiting'; taskId: string; branch: string; into: string | null; reason: string }
  /** A program asks whether it may use a tool. */
  | { type: 'permission:requested'; taskId: string; permissionId: string; tool: string; detail: string }
  /** `by`: `policy`, or who decided. */
  | {
      type: 'permission:decided';
      taskId: string;
      permissionId: string;
      outcome: 'allow' | 'deny' | 'deferred';
      by: string;
      edited: boolean;
    };
