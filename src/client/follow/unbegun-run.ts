import { GafferError } from '../../domain/errors.ts';
import type { Session } from '../connection/session.ts';
import type { RunView } from '../run-view.ts';
import type { RunIdentity } from '../start/start-workflow.ts';

/** A run that Temporal has and that no worker has begun, as anybody sees it; null: it has begun, or there is none. */
export async function unbegunView(session: Session, identity: RunIdentity): Promise<RunView | null> {
  const { findUnbegun, viewOfUnbegun } = await import('./queued-runs.ts');
  const unbegun = await findUnbegun(session, identity);
  return unbegun && viewOfUnbegun(unbegun);
}

/** What is read of a run: nothing, of one that no worker has begun. It is there all the same, and nobody is told that it is not. */
export async function unlessUnbegun<Result>(
  session: Session,
  identity: RunIdentity,
  { nothing, work }: { nothing: Result; work: () => Promise<Result> },
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isNotFound(error) || !(await unbegunView(session, identity))) throw error;
    return nothing;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof GafferError && error.kind === 'not-found';
}
