import { createRun } from '../../client/create-run.ts';
import { findStartedRun, lookUp, refuseCutOff } from '../../client/follow/find-run.ts';
import { findQueued, resultOfQueued } from '../../client/follow/queued-runs.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

/** What stops or examines something must not need a file that may be a stranger's. */
export const goesWithoutDotEnv = true;

/** `gaffer cancel RUN`: stops a run for good and waits until it has ended. Cancelling an ended run changes nothing. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withSession(context, { whenAbsent: 'start', needsHome: true }, async (session) => {
    const queued = await findQueued(session, runId!);
    if (queued) {
      await (await lookUp(session, runId!))!.cancel();
      terminal.out(options.json ? toJson(resultOfQueued(queued)) : `${runId} is taken back: it does not start\n`);
      return exitCodes.succeeded;
    }
    const row = await findStartedRun(session, runId!);
    await refuseCutOff(session, row);
    const run = createRun(session, row);
    if (!hasEnded(row.status)) {
      // It may end by itself in this very moment.
      await run.cancel().catch((error: Error) => {
        if (error.name !== 'RunClosedError') throw error;
      });
    }
    const result = await run.result();
    if (options.json) terminal.out(toJson(result));
    else terminal.out(`${run.id} ${hasEnded(row.status) ? 'had ended already' : 'ended'}: ${result.status}\n`);
    return exitCodes.succeeded;
  });
}
