import { checkAsked, checkMade } from '../access/caller-bounds.ts';
import type { Session } from '../connection/session.ts';
import { findRun, findStartedRun } from '../follow/find-run.ts';
import type { ForkOptions, RetryOptions } from '../runs.ts';
import { checkFork, checkRetry, goesOn, prepareFork, prepareRetry, type DerivedRun } from '../start/from-run.ts';
import { previewInPlace, previewOf, type RunPreview } from './preview.ts';

/** A fork that may be started by whoever asks for it. @throws UsageError; OutOfBoundsError; RunNotFoundError */
export async function checkedFork(session: Session, id: string, options: ForkOptions): Promise<DerivedRun> {
  const { bounds } = session;
  checkFork(options);
  if (bounds) checkAsked(bounds, session.cwd, options);
  const forked = await prepareFork(session, await findStartedRun(session, id), options);
  if (bounds) checkMade(bounds, forked.worktreeFolders);
  return forked;
}

/** What a fork would do. Nothing is started. @throws what {@link checkedFork} throws */
export async function previewFork(session: Session, id: string, options: ForkOptions): Promise<RunPreview> {
  return preview(session, await checkedFork(session, id, options));
}

/** What a retry would do. Nothing is started. @throws UsageError; RunNotFoundError */
export async function previewRetry(session: Session, id: string, options: RetryOptions): Promise<RunPreview> {
  checkRetry(options);
  const row = await findRun(session, id);
  if (await goesOn(session, row)) return previewInPlace(session, row, options);
  return preview(session, await prepareRetry(session, row, options));
}

async function preview(session: Session, derived: DerivedRun): Promise<RunPreview> {
  return previewOf(session, { ...derived, before: await session.store.runs.plan(derived.row.planHash) });
}
