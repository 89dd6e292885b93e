/*
 * Where worktrees stand: ROOT/REPOSITORY/RUN/TASK, with our own notes of each beside it (ROOT/REPOSITORY/RUN/.TASK), where no agent writes.
 * W1 A note is written before the worktree is made: whatever a killed process leaves says whose it is.
 * W2 What the worktree's own `.git` says is not believed: who works there may have written it.
 */
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../host/json-file.ts';
import type { Shared } from './shared.ts';
import type { Repository } from './repository.ts';

/** Whose worktree it is. */
export interface WorktreeOwner {
  runKey: string;
  runId: string;
  taskId: string;
}

/** Where a task's worktree stands, or will. */
export interface WorktreePlace {
  repository: Repository;
  owner: WorktreeOwner;
  /** The worktree. */
  folder: string;
  /** The folder in it that the task works in. */
  workspace: string;
  /** Our notes of it. */
  notes: string;
}

/** What is known of a worktree on this machine. */
export interface WorktreeNote extends WorktreeOwner {
  folder: string;
  repository: Repository;
  /** Commit that it was made from, and what of the checkout it has as copies. */
  start: string;
  shared: Shared;
  /** Where git keeps its own of it; left out: it was being made. */
  admin?: string;
}

/** Keeps what is known of a worktree (W1). */
export function writeNote({ notes }: Pick<WorktreePlace, 'notes'>, note: WorktreeNote): void {
  writeJsonFile(join(notes, 'about.json'), note);
}

/** What is known of a worktree; undefined: there is none, or nothing of use. */
export function readNote({ notes }: Pick<WorktreePlace, 'notes'>): WorktreeNote | undefined {
  return readJsonFile(join(notes, 'about.json')) as WorktreeNote | undefined;
}
