import { hasEnded } from '../../domain/run-state.ts';
import { sayTo, type CommandContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../fail.ts';
import { findRun } from '../find-run.ts';
import { safeLine } from '../safe-text.ts';
import { openForReading } from '../session.ts';

/** `gaffer rm RUN`: removes a run that has ended from the store. Temporal's own history of it goes by its retention. */
export async function execute(context: CommandContext, [runId]: string[]): Promise<number> {
  const session = await openForReading(context, sayTo(context.terminal));
  try {
    const row = await findRun(session.store, runId!);
    if (!hasEnded(row.status)) {
      throw new UsageError(`run "${row.runId}" has not ended: \`gaffer cancel ${row.runId}\` stops it first.`);
    }
    await session.store.runs.remove(row.runKey);
    context.terminal.out(`removed ${row.runId}\n`);
    const left = `Its workspace ${safeLine(row.workspace)} stays as it is.`;
    context.terminal.err(`${left} Temporal keeps its history, and with it the id, for the time of its retention.\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}
