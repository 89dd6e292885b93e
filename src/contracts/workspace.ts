import type { ToolWait } from './turn.ts';

/** Which attempt works in a workspace of its own. */
export interface WorkspaceStep {
  runKey: string;
  taskId: string;
  attempt: number;
  /** Grows when somebody asks for the work to be done anew; 0 at first. */
  epoch: number;
}

/** Input of `openWorkspace`. `context`: the conversation that hears what its agent has to know. */
export type OpenWorkspaceInput = WorkspaceStep & { context: string };

/** A worktree that is ready for an attempt. It stands as the attempt's start has it. */
export interface OpenedWorkspace {
  /** Absolute folder that the attempt works in. */
  folder: string;
  /** Commit that the attempt begins from: what a retry, and who tries an activity again after a death, is put back to. */
  start: string;
  /** Folders of it that may be written, from `folder` down (the lease); null: all of it. */
  writable: string[] | null;
  /** What its agent has to know: branches that it was to begin from and that do not go together, by file. Left out: nothing. */
  note?: string;
}

/** Input of `sealWorkspace`. `outcome`: how the loop came to its end. */
export type SealWorkspaceInput = WorkspaceStep & { outcome: 'done' | 'failed' | 'cancelled' };

/** A branch of a task that came to its end: what enters the merge train. */
export interface SealedBranch {
  /** `gaffer/RUN/TASK`, without `refs/heads/`. */
  branch: string;
  /** Its head. */
  commit: string;
  /** The commit that the task began from; the same as `commit`: it changed nothing. */
  start: string;
  /** Absolute folder of the repository that has it: the top of its working tree. */
  repository: string;
}

/** What `sealWorkspace` found. */
export type SealWorkspaceResult =
  | { kind: 'sealed'; sealed: SealedBranch; changedFiles: number }
  /** Its work is kept in a snapshot, and the attempt fails: what is wrong, in words for its agent and for people. */
  | { kind: 'refused'; reason: string; files: string[] }
  /** Its work is kept in a snapshot; null: there was none. */
  | { kind: 'kept'; snapshot: string | null };

/** Input of `standAside`. `step`: number of the turn, or of the session of a program, that the attempt has come to. */
export type StandAsideInput = WorkspaceStep & { step: number };

/** `waits`: what an attempt stands still for, and then asks again; `text`: what its agent is told now; null: nobody is in its way. */
export type StandAsideResult = { waits: ToolWait } | { text: string } | null;
