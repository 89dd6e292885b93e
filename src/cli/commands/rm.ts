import { removeRun } from '../../client/control/remove-run.ts';
import { createRun } from '../../client/create-run.ts';
import { findRun } from '../../client/follow/find-run.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

/** `gaffer rm RUN`: removes a run that has ended: its rows, what Temporal keeps of it, and its snapshots. Its files are the user's. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withSession(context, { whenAbsent: 'start', needsHome: true }, async (session) => {
    const row = await findRun(session, runId!);
    const { snapshots } = await removeRun(session, createRun(session, row));
    if (options.json) {
      terminal.out(toJson({ removed: row.runId, workspace: row.workspace, snapshots }));
      return exitCodes.succeeded;
    }
    terminal.out(`removed ${row.runId}\n`);
    const less = snapshots === 0 ? '' : `, less ${snapshots} snapshot${snapshots === 1 ? '' : 's'}`;
    terminal.err(`Its workspace ${safeLine(row.workspace)} stays as it is${less}.\n`);
    terminal.err('Temporal deletes its history within a minute; until then the id is taken.\n');
    return exitCodes.succeeded;
  });
}
