import { z } from 'zod';
import { toBranchName } from '../../domain/merge/branch-name.ts';
import { isolations, overlapPolicies } from '../../domain/coding/isolation.ts';
import { lineSchema, nameSchema } from './schema-parts.ts';

const isolate = z
  .enum(isolations)
  .optional()
  .describe(
    'worktree: each task on a branch and in a worktree of its own; shared: all in the folder as it is; copy: each in a copy of it. Default: worktree for agents with a runner, else shared.',
  );

const path = lineSchema.max(1000).optional();

// Where links lead is looked at when they are copied.
function staysBelow(folder: string): boolean {
  const parts = folder.split(/[\\/]/);
  return (
    !/^([\\/]|[A-Za-z]:)/.test(folder) && !parts.includes('..') && parts.some((part) => part !== '' && part !== '.')
  );
}

/** A run's `workspace` with more than its folder. */
export const runPlaceSchema = z
  .strictObject({
    path: path.describe('Folder that tools work in. Default: where the command stands.'),
    isolate,
    share: z
      .array(
        lineSchema
          .max(300)
          .refine(staysBelow, 'names a folder outside of the workspace: tasks get copies of folders below it alone'),
      )
      .max(20)
      .optional()
      .describe('Folders that git does not have and tasks need, below the workspace: node_modules.'),
    on_overlap: z
      .enum(overlapPolicies)
      .optional()
      .describe('When a task without files_scope changes files that another one changed. Default: go_on.'),
  })
  .describe('Where tasks work, and how they are kept apart.');

/** A task's `workspace` with more than its folder. */
export const taskPlaceSchema = z
  .strictObject({ path: path.describe("Folder that its tools work in. Default: the run's workspace."), isolate })
  .describe('Where the task works, and how it is kept apart.');

/** A phase's `workspace`. */
export const phasePlaceSchema = z
  .strictObject({ isolate })
  .describe('How its tasks are kept apart. Default: as the run says.');

const commandSchema = lineSchema.max(2000);

/** Which program does an agent's tasks. */
export const runnerKeys = {
  runner: lineSchema
    .max(1000)
    .optional()
    .describe(
      'What does its tasks: loop, claude, codex, pi, aider, "acp:PROGRAM" or command. Default: as its file says.',
    ),
  command: z
    .array(z.string().min(1).max(4000))
    .min(1)
    .max(100)
    .optional()
    .describe('For runner: command. Program and arguments; {prompt}, {prompt_file} and {model} are filled in.'),
  hosts: z
    .array(lineSchema.max(300))
    .max(50)
    .optional()
    .describe('Hosts that it may reach besides the gateway. Default: none.'),
};

/** What becomes of the branches of tasks. */
export const mergeSchema = z
  .strictObject({
    auto: z
      .boolean()
      .optional()
      .describe('Branches are merged when their tasks have succeeded. Default: false, they are left for gaffer merge.'),
    into: lineSchema
      .max(200)
      .refine((name) => toBranchName(name) !== null, 'must be the name of a branch, as git takes it: main')
      .optional()
      .describe('The branch that they go into. Default: the one that is checked out when the run begins.'),
    gates: z
      .array(commandSchema)
      .max(20)
      .optional()
      .describe('Commands that must end with exit code 0 on what was merged, in the sandbox. Default: none.'),
    attempts: z
      .int()
      .min(0)
      .max(20)
      .optional()
      .describe('How often a conflict goes back to the author of a branch. Default: 2.'),
    merger: nameSchema.optional().describe('Agent that sees to what is in conflict after that. Default: a person.'),
  })
  .describe('How branches of tasks become one.');

/** Keys of a task about what is believed of its work. */
export const checkKeys = {
  checks: z
    .array(commandSchema)
    .max(20)
    .optional()
    .describe('Commands that must end with exit code 0 before the task counts as done, in its folder and the sandbox.'),
  expects_changes: z
    .boolean()
    .optional()
    .describe('Whether files must have changed when its agent says that it is done. Default: nobody looks.'),
  on_failure: z
    .enum(['keep', 'restore'])
    .optional()
    .describe('What becomes of its files when it failed for good. Default: keep.'),
};

/** A run's `workspace`, however it is written. */
export type PlaceFile = string | z.output<typeof runPlaceSchema>;
/** `merge` of a file, before defaults. */
export type MergeFile = z.output<typeof mergeSchema>;
