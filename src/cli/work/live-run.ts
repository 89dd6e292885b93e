import { createRun } from '../../client/create-run.ts';
import { attend } from '../../client/crew/work-on.ts';
import { findLiveRun } from '../../client/follow/find-run.ts';
import type { Session } from '../../client/connection/session.ts';
import type { Run } from '../../client/run.ts';
import type { CommandContext } from '../base/context.ts';
import { withSession } from '../base/with-session.ts';

/** A run that lives and can be asked. */
export interface LiveRun {
  session: Session;
  run: Run;
  /** Nobody works on it: what is asked of it is taken, and done once somebody does. */
  isParked: boolean;
}

/**
 * Asks a run that lives for something: starts what is missing for that, and nothing that costs money.
 *
 * @throws UsageError when there is no such run, or it has ended, in whatever way
 */
export function withLiveRun<Result>(
  context: CommandContext,
  runId: string,
  work: (live: LiveRun) => Promise<Result>,
): Promise<Result> {
  return withSession(context, { whenAbsent: 'start', needsHome: true }, async (session) => {
    const row = await findLiveRun(session, runId);
    return askRun(context, session, row, (run, isParked) => work({ session, run, isParked }));
  });
}

/** Asks a run that has not ended for something, and says so where it only goes on with `gaffer watch`. */
export async function askRun<Result>(
  { terminal }: CommandContext,
  session: Session,
  row: Awaited<ReturnType<typeof findLiveRun>>,
  work: (run: Run, isParked: boolean) => Promise<Result>,
): Promise<Result> {
  const isParked = await attend(session, row);
  try {
    return await work(createRun(session, row), isParked);
  } finally {
    if (isParked) terminal.err(`Nobody works on it: \`gaffer watch ${row.runId}\` goes on with it.\n`);
  }
}
