import { z } from 'zod';
import { byName, count, named, orNull, texts, time } from './output-parts.ts';

const status = z.enum(['ready', 'queued', 'merged', 'conflict', 'rejected', 'waiting']);

/** What has become of the branch of a task. */
export const branchEnd = named('BranchEnd', {
  ...{ status, branch: z.string(), into: orNull(z.string()), reason: orNull(z.string()) },
});

const changedFile = named('ChangedFile', {
  ...{ path: z.string(), added: orNull(count), removed: orNull(count) },
});

/** What `diff`, `merge` and `rollback` print. */
export const mergeShapes = {
  diff: z.object({
    runId: z.string(),
    tasks: z.array(
      z.object({
        ...{ task: z.string(), branch: z.string(), status, files: z.array(changedFile), patch: z.string() },
        ...{ isShortened: z.boolean(), whyNone: orNull(z.string()) },
      }),
    ),
  }),
  rollback: z.object({
    ...{ runId: z.string(), undone: texts },
    left: z.array(z.object({ task: z.string(), error: orNull(z.string()) })),
  }),
  merge: z.object({
    runId: z.string(),
    outcomes: z.array(
      z.object({
        ...{ task: z.string(), reason: orNull(z.string()) },
        status: z.enum(['merged', 'conflict', 'rejected', 'waiting']),
      }),
    ),
  }),
};

/** Branches of a run, as the route of that name has them. */
export const branchesShape = z.object({
  runId: z.string(),
  branches: z.array(
    z.object({
      ...{ task: z.string(), status, branch: z.string(), repository: z.string(), head: z.string(), start: z.string() },
      ...{ into: orNull(z.string()), mergedAs: orNull(z.string()), reason: orNull(z.string()), files: texts },
      ...{ resolves: orNull(z.string()), updatedAt: time },
    }),
  ),
});

/** The branch of a task as it stands. */
export const branch = named('Branch', {
  ...{ branch: z.string(), base: z.string(), head: orNull(z.string()), snapshots: count, into: orNull(z.string()) },
  status: z.enum(['working', 'ready', 'queued', 'merged', 'conflict', 'rejected', 'waiting', 'removed']),
  ...{ reason: orNull(z.string()), overlaps: byName(texts.readonly()).readonly() },
  lease: orNull(z.object({ folders: texts.readonly(), files: texts.readonly() })),
});
