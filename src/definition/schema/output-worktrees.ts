import { z } from 'zod';
import { count, orNull } from './output-parts.ts';

const worktree = z.object({
  ...{ run: z.string(), task: z.string(), status: z.enum(['working', 'done', 'merged', 'failed']) },
  ...{ branch: z.string(), commit: orNull(z.string()), snapshots: count },
  ...{ host: z.string(), folder: z.string(), isHere: z.boolean() },
});

const removed = z.object({
  ...{ run: z.string(), task: z.string(), folder: z.string(), branch: z.string(), kept: orNull(z.string()) },
});

/** What verbs about worktrees of tasks print with `--json`. */
export const worktreeShapes = {
  restore: z.object({
    ...{ run: z.string(), task: z.string(), folder: z.string() },
    ...{ snapshot: count, commit: z.string(), saved: orNull(count) },
    ...{ before: orNull(count), files: orNull(count) },
  }),
  worktrees: z.object({ worktrees: z.array(worktree), removed: z.array(removed) }),
};
